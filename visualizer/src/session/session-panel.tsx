import { type ReactNode, useEffect, useRef, useState } from 'react';
import { explain } from '../../../src/index.ts';
import type { ClientBench } from '../client-bench/client-bench.ts';
import { timeOfDay } from '../trace/format.ts';
import { useStore } from '../ui/store.ts';
import { usable } from '../ui/usable.ts';
import { Commands } from './commands.tsx';
import { Countdown, deadlineLabel, useNow } from './countdown.tsx';
import { ExplanationText } from './explanation.tsx';
import { wordsFor } from './status.ts';
import { useSnapshot } from './use-snapshot.ts';
import './session.css';

/** The watched session in a user's terms, why it is there, and the client's methods. */
export function SessionPanel({ bench }: { readonly bench: ClientBench }) {
  const { client } = bench;
  const snapshot = useSnapshot(client);
  const diagnostics = useStore(bench.diagnostics);
  const isSilenced = useStore(bench.silenced);
  useNow(1_000);
  const [lastCall, setLastCall] = useState('');
  const { status, user, lastUser, connectionId, error, storageError, failedAttempts, can } = snapshot;
  const { short, sentence, tone } = wordsFor(snapshot, isSilenced);
  const explanation = explain(client);
  const [last] = diagnostics;

  return (
    <>
      <p className={`status tone ${tone}`} data-status={status}>
        <strong>{short}</strong>
        <span key={sentence}>{sentence}</span>
      </p>
      <ExplanationText explanation={explanation} />
      <div className="due-row">
        <Countdown dueAtMs={explanation.dueAt} label={deadlineLabel(snapshot.state)} />
        <button
          type="button"
          title={
            can.retryNow
              ? 'retryNow()'
              : 'No wait can be cut short now: none runs, it was cut short before, or the server asked for it.'
          }
          {...usable(can.retryNow, () => void client.retryNow())}
        >
          Try now
        </button>
      </div>
      <Commands bench={bench} can={can} isRunning={user !== null} onOutcome={setLastCall}>
        <Details title="Facts">
          <dl className="facts">
            <Fact name="User">{user?.id ?? (lastUser === null ? 'none' : `none; the last was ${lastUser.id}`)}</Fact>
            <Fact name="Connection">{connectionId === null ? 'none' : <code>{connectionId}</code>}</Fact>
            <Fact name="Last error" tall>
              {error === null ? 'none' : `${error.code}: ${error.message} ${error.remedy}`}
            </Fact>
            <Fact name="Storage">
              {storageError === null ? 'works' : `${storageError.code}: ${storageError.message}`}
            </Fact>
            <Fact name="Failed attempts">{failedAttempts === 0 ? 'none' : `${failedAttempts} in a row`}</Fact>
            <Fact name="Last warning">
              {last === undefined
                ? 'none'
                : `${timeOfDay(last.atMs)} · ${last.diagnostic.failure.message} (${diagnostics.length})`}
            </Fact>
          </dl>
        </Details>
      </Commands>
      <p className="last-call" role="status" title={lastCall}>
        {lastCall === '' ? 'No call has been made yet.' : `Last call: ${lastCall}`}
      </p>
    </>
  );
}

/** A fold over what lies above it, so that opening it moves nothing. Of two in one place, one is open. */
export function Details({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const place = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent) => {
      const { current: details } = place;
      if (key !== 'Escape' || !details?.open) return;
      // What is inside cannot keep the focus, which would fall to the page.
      if (details.contains(document.activeElement)) details.querySelector('summary')?.focus();
      details.open = false;
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <details className="overlay" name="session-fold" ref={place}>
      <summary>{title}</summary>
      <div className="overlay-body">{children}</div>
    </details>
  );
}

export function Fact({
  name,
  tall = false,
  children,
}: {
  readonly name: string;
  readonly tall?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className={tall ? 'fact tall' : 'fact'} title={typeof children === 'string' ? children : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
