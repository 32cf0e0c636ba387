import type { ReactNode } from 'react';
import { Countdown, deadlineLabel } from '../session/countdown.tsx';
import { ExplanationText } from '../session/explanation.tsx';
import { Details, Fact } from '../session/session-panel.tsx';
import '../session/session.css';
import { wordsFor } from '../session/status.ts';
import { clockTime } from '../trace/format.ts';
import { type Recorded, readRecorded } from './recorded.ts';
import './studio.css';

interface Props {
  readonly recorded: Recorded | null;
  /** The time to explain it at: now for a session that runs, then for one that is over. */
  readonly nowMs: number;
  /** Whether it runs; a past one has no countdown. */
  readonly isLive: boolean;
  /** Shown in place of the status where it is over. */
  readonly ended?: string | undefined;
  readonly children?: ReactNode;
}

/** A session that was recorded: its status, and why it is or was there. */
export function SessionDetails({ recorded, nowMs, isLive, ended, children }: Props) {
  if (recorded === null) return <p className="empty">It has not started yet.</p>;
  const reading = readRecorded(recorded, nowMs);
  const { state, sinceMs, context } = recorded;
  if (reading === null) {
    return (
      <>
        {ended !== undefined && (
          <p className="status tone bad">
            <strong>{ended}</strong>
          </p>
        )}
        <dl className="facts">
          <Fact name="State">{state}</Fact>
          <Fact name="Since">{clockTime(sinceMs)}</Fact>
          {children}
        </dl>
        <pre className="explained">{JSON.stringify(context, null, 2)}</pre>
      </>
    );
  }
  const { snapshot, explanation } = reading;
  const { status, user, connectionId, error, storageError, failedAttempts } = snapshot;
  const { short, sentence, tone } = wordsFor(snapshot);
  return (
    <>
      <p className={`status tone ${ended === undefined ? tone : 'bad'}`} data-status={status}>
        <strong>{ended ?? short}</strong>
        <span key={`${status} ${ended}`}>{ended === undefined ? sentence : `Its last state: ${short}.`}</span>
      </p>
      <ExplanationText explanation={explanation} />
      {isLive && <Countdown dueAtMs={explanation.dueAt} label={deadlineLabel(state)} />}
      <div className="folds">
        <Details title="Facts">
          <dl className="facts">
            <Fact name="State">{state}</Fact>
            <Fact name="Since">{clockTime(sinceMs)}</Fact>
            <Fact name="User">{user?.id ?? 'none'}</Fact>
            <Fact name="Connection">{connectionId === null ? 'none' : <code>{connectionId}</code>}</Fact>
            <Fact name="Last error">{error === null ? 'none' : `${error.code} ${error.message}`}</Fact>
            <Fact name="Storage">
              {storageError === null ? 'works' : `${storageError.code} ${storageError.message}`}
            </Fact>
            <Fact name="Failed attempts">{failedAttempts === 0 ? 'none' : `${failedAttempts} in a row`}</Fact>
            {children}
          </dl>
        </Details>
      </div>
    </>
  );
}
