import { type ReactNode, useMemo, useState } from 'react';
import { sessionMachine } from '../../../src/index.ts';
import { readDefinition } from '../chart/definition.ts';
import { saveJournal } from '../journal/save.ts';
import { useTitle } from '../session/announcer.tsx';
import { useNow } from '../session/countdown.tsx';
import { wordsFor } from '../session/status.ts';
import { EMPTY_LOG, NOWHERE } from '../trace/entry.ts';
import { journalOf } from '../trace/journal-of.ts';
import { readAddress, writeAddress } from '../ui/address.ts';
import { Panel } from '../ui/panel.tsx';
import { constant, useStore } from '../ui/store.ts';
import { readRecorded } from './recorded.ts';
import { chooseSession, type RemoteSessions } from './remote-sessions.ts';
import type { RemoteSession } from './remote-trace.ts';
import { SessionDetails } from './session-details.tsx';
import { SessionView } from './session-view.tsx';

const ownChart = readDefinition(sessionMachine);
const NO_LOG = constant(EMPTY_LOG);
const NO_POSITION = constant(NOWHERE);

/** Sessions of other programs: which there are, and the chosen one as it goes on. */
export function Attached({ sessions, relayUrl }: { readonly sessions: RemoteSessions; readonly relayUrl: string }) {
  const all = useStore(sessions.view);
  const dropped = useStore(sessions.dropped);
  const [chosenId, setChosenId] = useState(() => readAddress('session'));
  const [search, setSearch] = useState('');
  const nowMs = useNow(500);
  const chosen = chooseSession(all, chosenId);
  const shownId = chosen?.id;
  const sources = useMemo(() => {
    if (shownId === undefined) return null;
    const find = () => sessions.view.get().find(({ id }) => id === shownId);
    const { subscribe } = sessions.view;
    return {
      position: { get: () => find()?.position ?? NOWHERE, subscribe },
      log: { get: () => find()?.log ?? EMPTY_LOG, subscribe },
    };
  }, [shownId, sessions]);
  const words = chosen === null ? null : wordsOf(chosen);
  useTitle(words);
  const gone = all.filter(({ phase }) => phase !== 'live').length;
  const listed = [...all]
    .sort((a, b) => Number(b.phase === 'live') - Number(a.phase === 'live'))
    .filter((session) => `${nameOf(session)} ${session.program}`.toLowerCase().includes(search.trim().toLowerCase()));
  const programs = (
    <Panel title={`Live apps (${all.length - gone})`} name="programs-panel">
      {all.length > 3 && (
        <div className="command-row">
          <input
            type="search"
            aria-label="Search the sessions"
            placeholder="Search"
            value={search}
            onChange={({ target }) => setSearch(target.value)}
          />
          {gone > 0 && (
            <button type="button" onClick={sessions.forgetGone}>
              Forget {gone} that ended
            </button>
          )}
        </div>
      )}
      <fieldset className="programs">
        <legend className="unseen">Session that is watched</legend>
        {listed.map((session) => (
          <ProgramChoice
            key={session.id}
            session={session}
            isChosen={session === chosen}
            onChoose={() => {
              setChosenId(session.id);
              writeAddress('session', session.id);
              writeAddress('entry', null);
            }}
          />
        ))}
        {all.length === 0 && <p className="empty">None yet.</p>}
      </fieldset>
      {dropped.length > 0 && <p className="dropped">{dropped.join(' ')}</p>}
    </Panel>
  );
  if (chosen === null || sources === null)
    return (
      <SessionView
        id=""
        chart={ownChart}
        position={NO_POSITION}
        log={NO_LOG}
        side={
          <>
            {programs}
            <HowTo relayUrl={relayUrl} />
          </>
        }
      />
    );
  const { id, chart, recorded, phase, program, log, lastAtMs } = chosen;
  const ended = phase === 'live' ? undefined : phase === 'gone' ? 'program gone' : 'session stopped';
  return (
    <SessionView
      id={id}
      chart={chart ?? ownChart}
      {...sources}
      isOver={phase !== 'live'}
      onClear={() => sessions.clear(id)}
      side={
        <>
          {programs}
          <Panel title={`Session of ${program}`} name="session-panel">
            <SessionDetails
              recorded={recorded}
              nowMs={phase === 'live' ? nowMs : lastAtMs}
              isLive={phase === 'live'}
              ended={ended}
            />
            <div className="command-row">
              <button
                type="button"
                onClick={() => {
                  const journal = journalOf(log.entries);
                  if (journal !== null) saveJournal(journal);
                }}
              >
                Save journal
              </button>
            </div>
          </Panel>
        </>
      }
    />
  );
}

const nameOf = ({ recorded, program, lastAtMs }: RemoteSession): string =>
  (recorded === null ? null : readRecorded(recorded, lastAtMs)?.snapshot.user?.id) ?? program;

function wordsOf({ recorded, phase, lastAtMs }: RemoteSession): string {
  if (phase === 'gone') return 'program gone';
  if (phase === 'over') return 'stopped';
  const reading = recorded === null ? null : readRecorded(recorded, lastAtMs);
  return reading === null ? (recorded?.state ?? 'not started') : wordsFor(reading.snapshot).short;
}

function ProgramChoice({
  session,
  isChosen,
  onChoose,
}: {
  readonly session: RemoteSession;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const { id, program, recorded, phase, lastAtMs } = session;
  const reading = recorded === null || phase !== 'live' ? null : readRecorded(recorded, lastAtMs);
  return (
    <label className={`program${isChosen ? ' chosen' : ''}${phase === 'live' ? '' : ' ended'}`}>
      <input type="radio" className="unseen" name="program" value={id} checked={isChosen} onChange={onChoose} />
      <span className={`dot ${reading === null ? '' : wordsFor(reading.snapshot).tone}`} />
      <b>{nameOf(session)}</b>
      <span>
        {phase === 'gone' ? 'gone' : wordsOf(session)} · {program}
      </span>
    </label>
  );
}

function HowTo({ relayUrl }: { readonly relayUrl: string }): ReactNode {
  return (
    <Panel title="How a program shows its session" name="how-to">
      <pre>{`import { createChatClient, studio } from 'sessionchart';
// on Node: studio from 'sessionchart/node'

const client = createChatClient({
  apiKey,
  // In development only: ids of users go along.
  ...(import.meta.env.DEV && {
    inspect: studio({ url: '${relayUrl}', name: 'my app' }),
  }),
});`}</pre>
      <p>
        Or the demo: <code>npx sessionchart demo --studio-url {relayUrl}</code>
      </p>
    </Panel>
  );
}
