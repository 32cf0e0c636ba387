import { type ReactNode, useState } from 'react';
import { sessionMachine } from '../../../src/index.ts';
import { readDefinition } from '../chart/definition.ts';
import { STATUS_WORDS } from '../session/status.ts';
import { EMPTY_TRACE } from '../trace/entry.ts';
import { Panel } from '../ui/panel.tsx';
import { useStore } from '../ui/store.ts';
import { readRecorded } from './recorded.ts';
import { RecordedView } from './recorded-view.tsx';
import type { RemoteSessions } from './remote-sessions.ts';
import type { RemoteSession } from './remote-trace.ts';
import { Fact, SessionDetails } from './session-details.tsx';

const ownChart = readDefinition(sessionMachine.definition);

/** Sessions of other programs: which there are, and the chosen one as it goes on. */
export function Attached({ sessions, relayUrl }: { readonly sessions: RemoteSessions; readonly relayUrl: string }) {
  const all = useStore(sessions.view);
  const [chosenId, setChosenId] = useState<string | null>(null);
  const chosen =
    all.find(({ id }) => id === chosenId) ?? all.findLast(({ phase }) => phase === 'live') ?? all.at(-1) ?? null;
  const programs = (
    <Panel title="Sessions that programs show" name="programs-panel">
      <fieldset className="programs">
        <legend className="unseen">Session that is watched</legend>
        {all.map((session) => (
          <ProgramChoice
            key={session.id}
            session={session}
            isChosen={session === chosen}
            onChoose={() => setChosenId(session.id)}
          />
        ))}
        {all.length === 0 && <p className="empty">None yet.</p>}
      </fieldset>
    </Panel>
  );
  if (chosen === null)
    return (
      <RecordedView
        id=""
        chart={ownChart}
        trace={EMPTY_TRACE}
        side={
          <>
            {programs}
            <HowTo relayUrl={relayUrl} />
          </>
        }
      />
    );
  const { id, chart, trace, recorded, phase, program } = chosen;
  return (
    <RecordedView
      id={id}
      chart={chart ?? ownChart}
      trace={trace}
      onClear={() => sessions.clear(id)}
      side={
        <>
          {programs}
          <Panel title="What the session knows" name="session-panel">
            <SessionDetails recorded={recorded}>
              <Fact name="Program">{`${program}${PHASES[phase]}`}</Fact>
            </SessionDetails>
          </Panel>
        </>
      }
    />
  );
}

const PHASES = { live: '', over: ', which stopped it', gone: ', which is gone' } as const;

function ProgramChoice({
  session,
  isChosen,
  onChoose,
}: {
  readonly session: RemoteSession;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const { id, program, recorded, phase } = session;
  const reading = recorded === null ? null : readRecorded(recorded, recorded.sinceMs);
  const words = reading === null ? null : STATUS_WORDS[reading.snapshot.status];
  return (
    <label className={isChosen ? 'program chosen' : 'program'}>
      <input type="radio" className="unseen" name="program" value={id} checked={isChosen} onChange={onChoose} />
      <span className={`dot ${phase === 'live' ? (words?.tone ?? '') : ''}`} />
      <b>{reading?.snapshot.user?.id ?? program}</b>
      <span>
        {phase === 'live' ? (words?.short ?? recorded?.state ?? 'not started') : phase === 'over' ? 'stopped' : 'gone'}{' '}
        · {program}
      </span>
    </label>
  );
}

function HowTo({ relayUrl }: { readonly relayUrl: string }): ReactNode {
  return (
    <Panel title="How a program shows its session" name="how-to">
      <pre>{`import { createChatClient } from 'sessionchart';
import { studio } from 'sessionchart/node';
// in a browser: from 'sessionchart'

const client = createChatClient({
  apiKey,
  inspect: studio({ url: '${relayUrl}' }),
});`}</pre>
      <p>
        Or the demo: <code>npx sessionchart demo --studio-url {relayUrl}</code>
      </p>
    </Panel>
  );
}
