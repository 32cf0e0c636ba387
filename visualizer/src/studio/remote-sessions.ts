import { createWebSocketReceiver } from '@statelyai/inspect';
import { createStore, type Readable } from '../ui/store.ts';
import { createRemoteTrace, type RemoteFrame, type RemoteSession, type RemoteTrace } from './remote-trace.ts';

/** The sessions that programs show and that have started, newest last. */
export interface RemoteSessions {
  readonly view: Readable<readonly RemoteSession[]>;
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

  return {
    view,
    take(frame) {
      const { type, sessionId, rootId = sessionId, parentId } = frame;
      // A program that lost the relay and found it again announces its actors once more.
      if (type === '@xstate.actor' && parentId === undefined) traces.set(sessionId, createRemoteTrace(frame));
      for (const id of [...traces.keys()].slice(0, -MOST_SESSIONS)) traces.delete(id);
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
