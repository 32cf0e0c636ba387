import type { ReactNode } from 'react';
import { STATUS_WORDS } from '../session/status.ts';
import '../session/session.css';
import { clockTime } from '../trace/timeline.tsx';
import { type Recorded, readRecorded } from './recorded.ts';
import './studio.css';

/** What a session knew at a moment that was written down, and why it was where it was. */
export function SessionDetails({
  recorded,
  children,
}: {
  readonly recorded: Recorded | null;
  readonly children?: ReactNode;
}) {
  if (recorded === null) return <p className="empty">It has not started yet.</p>;
  const reading = readRecorded(recorded, recorded.sinceMs);
  if (reading === null) return <ForeignReadout recorded={recorded}>{children}</ForeignReadout>;
  const { snapshot, explanation } = reading;
  const { status, state, user, connectionId, reason, error, storageError, failedAttempts, nextAttemptAt } = snapshot;
  const { short, sentence, tone } = STATUS_WORDS[status];
  return (
    <>
      <p className={`status tone ${tone}`} data-status={status}>
        <strong>{short}</strong>
        <span key={status}>{sentence}</span>
      </p>
      <dl className="facts">
        <Fact name="State">{state}</Fact>
        <Fact name="Since">{clockTime(recorded.sinceMs)}</Fact>
        <Fact name="User">{user?.id ?? 'nobody'}</Fact>
        <Fact name="Connection">{connectionId === null ? 'none' : <code>{connectionId}</code>}</Fact>
        <Fact name="Cause">{reason ?? 'none'}</Fact>
        <Fact name="Went wrong">{error === null ? 'nothing' : error.message || error.code}</Fact>
        <Fact name="Storage">{storageError === null ? 'works' : storageError.code}</Fact>
        <Fact name="Failures">{failedAttempts === 0 ? 'none' : `${failedAttempts} in a row`}</Fact>
        <Fact name="Next attempt">{nextAttemptAt === null ? 'none planned' : `at ${clockTime(nextAttemptAt)}`}</Fact>
        {children}
      </dl>
      <p className="explained">{[explanation.where, explanation.why, explanation.next].filter(Boolean).join('\n')}</p>
    </>
  );
}

/** Of another statechart nothing is known but what it says. */
function ForeignReadout({ recorded, children }: { readonly recorded: Recorded; readonly children: ReactNode }) {
  const { state, sinceMs, context } = recorded;
  return (
    <>
      <dl className="facts">
        <Fact name="State">{state}</Fact>
        <Fact name="Since">{clockTime(sinceMs)}</Fact>
        {children}
      </dl>
      <pre className="explained">{JSON.stringify(context, null, 2)}</pre>
    </>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="fact" title={typeof children === 'string' ? children : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
