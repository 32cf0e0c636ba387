import { createWebSocketReceiver } from '@statelyai/inspect';
import { createStore, type Store } from '../ui/store.ts';
import { createRemoteTrace, type RemoteFrame, type RemoteSession, type RemoteTrace } from './remote-trace.ts';

/** The sessions that programs show, newest last. */
export interface RemoteSessions {
  readonly view: Pick<Store<readonly RemoteSession[]>, 'get' | 'subscribe'>;
  readonly take: (frame: RemoteFrame) => void;
  readonly clear: (id: string) => void;
}

const MOST_SESSIONS = 30;
/** A program that was watched for long sends hundreds of frames at once; the page is drawn once for all of them. */
const TOGETHER_MS = 25;

function createRemoteSessions(): RemoteSessions {
  const traces = new Map<string, RemoteTrace>();
  const view = createStore<readonly RemoteSession[]>([]);
  let isDue = false;

  function publish(): void {
    isDue = false;
    view.set([...traces.values()].map((trace) => trace.get()));
  }

  function publishSoon(): void {
    if (!isDue) setTimeout(publish, TOGETHER_MS);
    isDue = true;
  }

  return {
    view,
    take(frame) {
      const { type, sessionId, rootId = sessionId, parentId } = frame;
      // A program that lost the relay and found it again tells of its actors once more.
      if (type === '@xstate.actor' && parentId === undefined) traces.set(sessionId, createRemoteTrace(frame));
      for (const id of [...traces.keys()].slice(0, -MOST_SESSIONS)) traces.delete(id);
      traces.get(rootId)?.take(frame);
      publishSoon();
    },
    clear(id) {
      traces.get(id)?.clear();
      publish();
    },
  };
}

/** Receives by the receiver of `@statelyai/inspect`, for as long as the page is open. */
export function receiveSessions(relayUrl: string): RemoteSessions {
  const sessions = createRemoteSessions();
  createWebSocketReceiver({ server: relayUrl }).subscribe((frame) => sessions.take(frame as unknown as RemoteFrame));
  return sessions;
}
