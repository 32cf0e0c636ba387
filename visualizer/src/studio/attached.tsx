import { memo, type ReactNode, useCallback, useMemo, useState } from 'react';
import { ownChart } from '../chart/own-chart.ts';
import { saveJournal } from '../journal/save.ts';
import { useTitle } from '../session/announcer.tsx';
import { useNow } from '../session/countdown.tsx';
import { type Tone, wordsFor } from '../session/status.ts';
import { EMPTY_LOG, NOWHERE } from '../trace/entry.ts';
import { journalOf } from '../trace/journal-of.ts';
import { readAddress, visit } from '../ui/address.ts';
import { Panel } from '../ui/panel.tsx';
import { constant, useStore } from '../ui/store.ts';
import { readRecorded } from './recorded.ts';
import { chooseSession, type RemoteSessions } from './remote-sessions.ts';
import type { RemoteSession } from './remote-trace.ts';
import { SessionDetails } from './session-details.tsx';
import { SessionView } from './session-view.tsx';

const NO_LOG = constant(EMPTY_LOG);
const NO_POSITION = constant(NOWHERE);

/** Sessions of other programs: which there are, and the chosen one as it goes on. */
export function Attached({ sessions, relayUrl }: { readonly sessions: RemoteSessions; readonly relayUrl: string }) {
  const all = useStore(sessions.view);
  const dropped = useStore(sessions.dropped);
  const isReceiving = useStore(sessions.isReceiving);
  const [chosenId, setChosenId] = useState(() => readAddress('session'));
  const [search, setSearch] = useState('');
  const choose = useCallback((id: string) => {
    setChosenId(id);
    visit('session', id);
  }, []);
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
  useTitle(chosen === null ? null : summaryOf(chosen).words);
  const gone = all.filter(({ phase }) => phase !== 'live').length;
  const listed = [...all]
    .sort((a, b) => Number(b.phase === 'live') - Number(a.phase === 'live'))
    .filter((session) =>
      `${summaryOf(session).name} ${session.program}`.toLowerCase().includes(search.trim().toLowerCase()),
    );
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
          <ProgramChoice key={session.id} session={session} isChosen={session === chosen} onChoose={choose} />
        ))}
        {all.length === 0 && <p className="empty">None yet.</p>}
      </fieldset>
      {!isReceiving && (
        <p className="dropped" role="status">
          The studio does not respond. What is shown is as it was; it goes on when the studio is back.
        </p>
      )}
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
  const { id, chart, recorded, program, log, lastAtMs } = chosen;
  const phase = isReceiving ? chosen.phase : 'unknown';
  const ended = { live: undefined, gone: 'program gone', over: 'session stopped', unknown: 'studio gone' }[phase];
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
            <DetailsNow recorded={recorded} lastAtMs={phase === 'live' ? null : lastAtMs} ended={ended} />
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

interface NowProps extends Pick<RemoteSession, 'recorded'> {
  /** When it ended; `null` while it runs. */
  readonly lastAtMs: number | null;
  readonly ended: string | undefined;
}

/** Ticks by itself: the list next to it may have hundreds of sessions. */
function DetailsNow({ recorded, lastAtMs, ended }: NowProps) {
  const nowMs = useNow(lastAtMs === null ? TICK_MS : null);
  return <SessionDetails recorded={recorded} nowMs={lastAtMs ?? nowMs} isLive={lastAtMs === null} ended={ended} />;
}

const TICK_MS = 500;

interface Summary {
  readonly name: string;
  readonly words: string;
  readonly tone: Tone | '';
}

/** A session is the same object until its program reports more. */
const summaries = new WeakMap<RemoteSession, Summary>();

function summaryOf(session: RemoteSession): Summary {
  const known = summaries.get(session) ?? summarize(session);
  summaries.set(session, known);
  return known;
}

function summarize({ recorded, phase, program, lastAtMs }: RemoteSession): Summary {
  const snapshot = recorded === null ? undefined : readRecorded(recorded, lastAtMs)?.snapshot;
  const name = snapshot?.user?.id ?? program;
  if (phase !== 'live') return { name, words: phase === 'gone' ? 'program gone' : 'stopped', tone: '' };
  if (snapshot === undefined) return { name, words: recorded?.state ?? 'not started', tone: '' };
  const { short, tone } = wordsFor(snapshot);
  return { name, words: short, tone };
}

interface ChoiceProps {
  readonly session: RemoteSession;
  readonly isChosen: boolean;
  readonly onChoose: (id: string) => void;
}

const ProgramChoice = memo(({ session, isChosen, onChoose }: ChoiceProps) => {
  const { id, program, phase } = session;
  const { name, words, tone } = summaryOf(session);
  return (
    <label
      className={`program${isChosen ? ' chosen' : ''}${phase === 'live' ? '' : ' ended'}`}
      title={`${name} ${words} · ${program}`}
    >
      <input
        type="radio"
        className="unseen"
        name="program"
        value={id}
        checked={isChosen}
        onChange={() => onChoose(id)}
      />
      <span className={`dot ${tone}`} />
      <b>{name}</b>
      <span>
        {phase === 'gone' ? 'gone' : words} · <bdi>{program}</bdi>
      </span>
    </label>
  );
});

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
