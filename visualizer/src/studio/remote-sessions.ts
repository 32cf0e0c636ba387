import { createStore, type Readable } from '../ui/store.ts';
import { createRemoteTrace, type RemoteFrame, type RemoteSession, type RemoteTrace } from './remote-trace.ts';

/** The sessions that programs show and that have started, newest last. */
export interface RemoteSessions {
  readonly view: Readable<readonly RemoteSession[]>;
  /** What is missing, because more was sent than is kept; a sentence for each program. */
  readonly dropped: Readable<readonly string[]>;
  /** Whether the relay responds. What is listed is as it was while it did. */
  readonly isReceiving: Readable<boolean>;
  readonly clear: (id: string) => void;
  /** Removes the sessions that have ended from the list. */
  readonly forgetGone: () => void;
}

/** As many as one person can search; each keeps what it did. */
const MOST_SESSIONS = 250;
/** A program that was watched for long sends hundreds of frames at once; the page is drawn once for all of them. */
const TOGETHER_MS = 25;

function createRemoteSessions() {
  const traces = new Map<string, RemoteTrace>();
  const view = createStore<readonly RemoteSession[]>([]);
  const dropped = createStore<readonly string[]>([]);
  const droppedOf = new Map<string, string>();
  let isDue = false;

  /** What has not started yet, like the client that React's StrictMode builds and drops, is no session. */
  function publish(): void {
    isDue = false;
    view.set(
      [...traces.values()]
        .map((trace) => trace.get())
        .filter(({ recorded, chart }) => recorded !== null || chart === null),
    );
  }

  function publishSoon(): void {
    if (!isDue) setTimeout(publish, TOGETHER_MS);
    isDue = true;
  }

  /** Those that ended go first. */
  function makeRoom(): void {
    const ids = [...traces.keys()];
    const id = ids.find((each) => traces.get(each)?.get().phase !== 'live') ?? ids[0];
    if (id !== undefined) traces.delete(id);
    noteDropped('', `Only ${MOST_SESSIONS} sessions are listed, the newest and those that run.`);
  }

  /** A page that opens late gets what the relay has kept, and how much that is not. */
  function noteDropped(key: string, sentence: string): void {
    droppedOf.set(key, sentence);
    dropped.set([...droppedOf.values()]);
  }

  return {
    view,
    dropped,
    take(frame: RemoteFrame) {
      const { type, sessionId, rootId = sessionId, parentId } = frame;
      if (type === '@sessionchart.dropped') return noteDropped(sessionId, describeDropped(frame));
      // A program that lost the relay and found it again announces its actors once more.
      if (type === '@xstate.actor' && parentId === undefined) traces.set(sessionId, createRemoteTrace(frame));
      if (traces.size > MOST_SESSIONS) makeRoom();
      traces.get(rootId)?.take(frame);
      publishSoon();
    },
    forget() {
      traces.clear();
      droppedOf.clear();
      dropped.set([]);
      publish();
    },
    clear(id: string) {
      traces.get(id)?.clear();
      publish();
    },
    forgetGone() {
      for (const [id, trace] of traces) if (trace.get().phase !== 'live') traces.delete(id);
      publish();
    },
  };
}

function describeDropped({ sender, sessions = 0, frames = 0 }: RemoteFrame): string {
  const parts = [sessions > 0 && counted(sessions, 'session'), frames > 0 && counted(frames, 'event')];
  return `Dropped before this page was opened: ${parts.filter(Boolean).join(' and ')} of ${sender?.name ?? 'a program'}.`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Receives as the receiver of `@statelyai/inspect` does, and again when the studio was started anew. */
export function receiveSessions(relayUrl: string): RemoteSessions {
  const { take, forget, ...sessions } = createRemoteSessions();
  const isReceiving = createStore(true);
  function connect(): void {
    const socket = new WebSocket(relayUrl);
    socket.onopen = () => {
      // The relay sends all that it has kept once more.
      if (!isReceiving.get()) forget();
      isReceiving.set(true);
    };
    socket.onmessage = ({ data }) => take(JSON.parse(String(data)) as RemoteFrame);
    socket.onclose = () => {
      isReceiving.set(false);
      setTimeout(connect, RECONNECT_MS);
    };
  }
  connect();
  return { ...sessions, isReceiving };
}

const RECONNECT_MS = 2_000;

/**
 * The session to show: the chosen one; where its program was reloaded, the newest that this program has started since;
 * otherwise the newest that runs.
 */
export function chooseSession(all: readonly RemoteSession[], chosenId: string | null): RemoteSession | null {
  const chosen = all.find(({ id }) => id === chosenId);
  const successor =
    chosen === undefined || chosen.phase === 'live'
      ? chosen
      : all.findLast(({ phase, program }) => phase === 'live' && program === chosen.program);
  return successor ?? chosen ?? all.findLast(({ phase }) => phase === 'live') ?? all.at(-1) ?? null;
}
