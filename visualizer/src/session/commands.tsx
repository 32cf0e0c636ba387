import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { ClientSnapshot, Result } from '../../../src/index.ts';
import type { ClientBench } from '../client-bench/client-bench.ts';
import { forgetCrash, rememberCrash } from './crash.ts';
import { Details } from './session-panel.tsx';

interface Props {
  readonly bench: ClientBench;
  readonly can: ClientSnapshot['can'];
  readonly isRunning: boolean;
  readonly onOutcome: (text: string) => void;
  /** A fold next to the one with the rarer calls. */
  readonly children: ReactNode;
}

/** The client's methods as buttons. The outcome of each call is shown; the focus stays where it is. */
export function Commands({ bench, can, isRunning, onOutcome, children }: Props) {
  const { client, suggestedUserId, fetchToken } = bench;
  const [userId, setUserId] = useState(suggestedUserId);
  const inputId = useId();
  const folds = useRef<HTMLDivElement>(null);
  // The page begins anew, and the focus with it: it returns to the fold in which the button is.
  useEffect(() => {
    if (forgetCrash()) folds.current?.querySelector('summary')?.focus();
  }, []);

  async function run<Value>(name: string, call: PromiseLike<Result<Value>>): Promise<void> {
    onOutcome(`${name}: pending`);
    const result = await call;
    onOutcome(`${name}: ${result.success ? 'done' : `${result.error.code}. ${result.error.message}`}`);
  }

  async function loginWithToken(): Promise<void> {
    try {
      await run('connectUser', client.connectUser({ id: userId }, await fetchToken(userId)));
    } catch (error) {
      onOutcome(`No token: ${String(error)}`);
    }
  }

  function logIn(event: FormEvent): void {
    event.preventDefault();
    void run('connectUser', client.connectUser({ id: userId }));
  }

  // Not `disabled`: a button that disables itself loses the focus to the page.
  const off = (isPossible: boolean) => ({ 'aria-disabled': !isPossible || undefined });
  return (
    <div className="commands">
      <form className="command-row" onSubmit={logIn}>
        <label htmlFor={inputId}>User</label>
        <input
          id={inputId}
          value={userId}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setUserId(event.target.value)}
        />
        <button type="submit" className="main">
          Log in
        </button>
        <button type="button" {...off(can.disconnect)} onClick={() => void run('disconnect', client.disconnect())}>
          Log out
        </button>
      </form>
      <div className="folds" ref={folds}>
        <Details title="More actions">
          <div className="command-row">
            <button
              type="button"
              title="connectUser(user, token): a token that cannot be renewed"
              onClick={() => void loginWithToken()}
            >
              Log in with a static token
            </button>
            <button
              type="button"
              title="connectGuestUser"
              onClick={() => void run('connectGuestUser', client.connectGuestUser({ id: userId }))}
            >
              Log in as guest
            </button>
            <button
              type="button"
              title="connectAnonymousUser"
              onClick={() => void run('connectAnonymousUser', client.connectAnonymousUser())}
            >
              Log in anonymously
            </button>
            <button
              type="button"
              title="switchUser: out completely, then in"
              onClick={() => void run('switchUser', client.switchUser({ id: userId }))}
            >
              Switch user
            </button>
            <button
              type="button"
              title="disconnect({ forgetUser: false }): the stored user stays for the next start"
              {...off(isRunning)}
              onClick={() => void run('disconnect', client.disconnect({ forgetUser: false }))}
            >
              Log out, remember user
            </button>
            <button type="button" title="restore" onClick={() => void run('restore', client.restore())}>
              Restore
            </button>
            <button type="button" {...off(can.suspend)} onClick={() => void run('suspend', client.suspend())}>
              Suspend
            </button>
            <button type="button" {...off(can.resume)} onClick={() => void run('resume', client.resume())}>
              Resume
            </button>
            <button
              type="button"
              className="grave"
              title="Reloads the page, without a goodbye"
              onClick={() => {
                rememberCrash();
                location.reload();
              }}
            >
              Crash the page
            </button>
          </div>
        </Details>
        {children}
      </div>
    </div>
  );
}
