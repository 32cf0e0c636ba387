import { type ReactNode, useState } from 'react';
import type { Outgoing } from '../chart/outgoing.ts';
import type { Lab } from '../lab/client-bench.ts';
import { useStore } from '../ui/store.ts';
import { Commands } from './commands.tsx';
import { Countdown } from './countdown.tsx';
import { Explanation } from './explanation.tsx';
import { STATUS_WORDS } from './status.ts';
import { useSnapshot } from './use-snapshot.ts';
import './session.css';

interface Props {
  readonly lab: Lab;
  /** What can be taken from the current state. */
  readonly possible: Outgoing | null;
}

/** What the session knows, in a user's terms, and what it can be told. */
export function SessionPanel({ lab, possible }: Props) {
  const { client } = lab;
  const snapshot = useSnapshot(client);
  const diagnostics = useStore(lab.diagnostics);
  const [answer, setAnswer] = useState('');
  const { status, user, lastUser, connectionId, reason, error, storageError, failedAttempts, nextAttemptAt, can } =
    snapshot;
  const { short, sentence, tone } = STATUS_WORDS[status];
  const leaving = possible === null ? 0 : [...possible.byTarget.values()].flat().length;

  return (
    <>
      <Explanation client={client} />
      <p className={`status tone ${tone}`} data-status={status}>
        <strong>{short}</strong>
        <span key={status}>{sentence}</span>
      </p>
      <dl className="facts">
        <Fact name="User">{user?.id ?? (lastUser === null ? 'nobody' : `nobody; last was ${lastUser.id}`)}</Fact>
        <Fact name="Connection">{connectionId === null ? 'none' : <code>{connectionId}</code>}</Fact>
        <Fact name="Cause">{reason ?? 'none'}</Fact>
        <Fact name="Went wrong" tall>
          {error === null ? 'nothing' : `${error.message} ${error.remedy}`}
        </Fact>
        <Fact name="Storage">{storageError === null ? 'works' : storageError.message}</Fact>
        <Fact name="Failures">{failedAttempts === 0 ? 'none' : `${failedAttempts} in a row`}</Fact>
        <Fact name="Next attempt">
          <Countdown dueAtMs={nextAttemptAt} canHurry={can.retryNow} onHurry={() => void client.retryNow()} />
        </Fact>
        <Fact name="Can happen">
          {possible === null
            ? 'restore, log in'
            : `${leaving} transitions lead on, ${possible.staying.length} stay here`}
        </Fact>
        <Fact name="Survived">{diagnostics[0]?.failure.message ?? 'nothing yet'}</Fact>
        <Fact name="Last answer">{answer === '' ? 'none yet' : answer}</Fact>
      </dl>
      <Commands lab={lab} can={can} isRunning={user !== null} onAnswer={setAnswer} />
    </>
  );
}

function Fact({
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
