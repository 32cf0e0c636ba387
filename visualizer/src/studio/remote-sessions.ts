import { createWebSocketReceiver } from '@statelyai/inspect';
import { createStore, type Readable } from '../ui/store.ts';
import { createRemoteTrace, type RemoteFrame, type RemoteSession, type RemoteTrace } from './remote-trace.ts';

/** The sessions that programs show and that have started, newest last. */
export interface RemoteSessions {
  readonly view: Readable<readonly RemoteSession[]>;
  /** What is missing, because more was sent than is kept; a sentence for each program. */
  readonly dropped: Readable<readonly string[]>;
  readonly take: (frame: RemoteFrame) => void;
  readonly clear: (id: string) => void;
  /** Removes the sessions that have ended from the list. */
  readonly forgetGone: () => void;
}

const MOST_SESSIONS = 60;
/** A program that was watched for long sends hundreds of frames at once; the page is drawn once for all of them. */
const TOGETHER_MS = 25;

function createRemoteSessions(): RemoteSessions {
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

  /** A page that opens late gets what the relay has kept, and how much that is not. */
  function noteDropped(key: string, sentence: string): void {
    droppedOf.set(key, sentence);
    dropped.set([...droppedOf.values()]);
  }

  return {
    view,
    dropped,
    take(frame) {
      const { type, sessionId, rootId = sessionId, parentId } = frame;
      if (type === '@sessionchart.dropped') return noteDropped(sessionId, describeDropped(frame));
      // A program that lost the relay and found it again announces its actors once more.
      if (type === '@xstate.actor' && parentId === undefined) traces.set(sessionId, createRemoteTrace(frame));
      for (const id of [...traces.keys()].slice(0, -MOST_SESSIONS)) {
        traces.delete(id);
        noteDropped('', `Only the newest ${MOST_SESSIONS} sessions are listed.`);
      }
      traces.get(rootId)?.take(frame);
      publishSoon();
    },
    clear(id) {
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

/** Receives with the receiver of `@statelyai/inspect`, as long as the page is open. */
export function receiveSessions(relayUrl: string): RemoteSessions {
  const sessions = createRemoteSessions();
  createWebSocketReceiver({ server: relayUrl }).subscribe((frame) => sessions.take(frame as unknown as RemoteFrame));
  return sessions;
}

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
