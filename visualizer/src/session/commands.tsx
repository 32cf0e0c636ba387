import { useId, useState } from 'react';
import type { ClientSnapshot, Result } from '../../../src/index.ts';
import type { Lab } from '../lab/client-bench.ts';

interface Props {
  readonly lab: Lab;
  readonly can: ClientSnapshot['can'];
  readonly isRunning: boolean;
  readonly onAnswer: (text: string) => void;
}

/** The client's methods as buttons. What cannot be done now is disabled, what makes no sense answers why. */
export function Commands({ lab, can, isRunning, onAnswer }: Props) {
  const { client, suggestedUserId, fetchToken } = lab;
  const [userId, setUserId] = useState(suggestedUserId);
  const inputId = useId();

  async function run<Value>(name: string, call: PromiseLike<Result<Value>>): Promise<void> {
    onAnswer(`${name}: pending`);
    const result = await call;
    onAnswer(`${name}: ${result.success ? 'done' : `${result.error.code}. ${result.error.message}`}`);
  }

  async function loginWithToken(): Promise<void> {
    try {
      await run('connectUser', client.connectUser({ id: userId }, await fetchToken(userId)));
    } catch (error) {
      onAnswer(`No token: ${String(error)}`);
    }
  }

  return (
    <div className="commands">
      <div className="command-row">
        <label htmlFor={inputId}>User</label>
        <input
          id={inputId}
          value={userId}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setUserId(event.target.value)}
        />
        <button
          type="button"
          className="main"
          onClick={() => void run('connectUser', client.connectUser({ id: userId }))}
        >
          Log in
        </button>
        <button type="button" disabled={!can.disconnect} onClick={() => void run('disconnect', client.disconnect())}>
          Log out
        </button>
      </div>
      <div className="command-row">
        <button
          type="button"
          title="connectUser(user, token): a token that cannot be renewed"
          onClick={() => void loginWithToken()}
        >
          Static token
        </button>
        <button
          type="button"
          title="connectGuestUser"
          onClick={() => void run('connectGuestUser', client.connectGuestUser({ id: userId }))}
        >
          Guest
        </button>
        <button
          type="button"
          title="connectAnonymousUser"
          onClick={() => void run('connectAnonymousUser', client.connectAnonymousUser())}
        >
          Anonymous
        </button>
        <button
          type="button"
          title="switchUser: out completely, then in"
          onClick={() => void run('switchUser', client.switchUser({ id: userId }))}
        >
          Switch
        </button>
      </div>
      <div className="command-row">
        <button
          type="button"
          title="disconnect({ forgetUser: false }): the stored user stays for the next start"
          disabled={!isRunning}
          onClick={() => void run('disconnect', client.disconnect({ forgetUser: false }))}
        >
          Leave
        </button>
        <button type="button" title="restore" onClick={() => void run('restore', client.restore())}>
          Restore
        </button>
        {can.resume ? (
          <button type="button" onClick={() => void run('resume', client.resume())}>
            Resume
          </button>
        ) : (
          <button type="button" disabled={!can.suspend} onClick={() => void run('suspend', client.suspend())}>
            Suspend
          </button>
        )}
        <button
          type="button"
          className="grave"
          title="Reloads the page, without a goodbye"
          onClick={() => location.reload()}
        >
          Kill the page
        </button>
      </div>
    </div>
  );
}
