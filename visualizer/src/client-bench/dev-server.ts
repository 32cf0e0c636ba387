import type { DevServerState, Fault, FaultState } from '../../../src/tools/devserver/index.ts';
import { createStore, type Store } from '../ui/store.ts';
import type { Backend } from './client-bench.ts';

/** The state of the development server; `null` while it cannot be reached. */
export type ServerView = Pick<DevServerState, 'total' | 'users' | 'faults'> | null;

export interface DevServerLink {
  readonly view: Store<ServerView>;
  /** Resolves with what is wrong, or `null`. */
  readonly cause: (fault: Fault) => Promise<string | null>;
  readonly lift: (fault: FaultState) => Promise<void>;
  readonly liftAll: () => Promise<void>;
  /** Asks for the state soon; many calls make one request. */
  readonly refreshSoon: () => void;
  readonly stop: () => void;
}

const SOON_MS = 120;
const EVERY_MS = 2_000;

export function linkDevServer({ url }: Backend): DevServerLink {
  const view = createStore<ServerView>(null);
  let soon: ReturnType<typeof setTimeout> | null = null;

  async function refresh(): Promise<void> {
    soon = null;
    try {
      const response = await fetch(`${url}/dev/state`);
      view.set((await response.json()) as DevServerState);
    } catch {
      view.set(null);
    }
  }

  function refreshSoon(): void {
    soon ??= setTimeout(refresh, SOON_MS);
  }

  async function change(path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(`${url}${path}`, init);
    refreshSoon();
    return response;
  }

  void refresh();
  const timer = setInterval(() => document.visibilityState === 'visible' && refreshSoon(), EVERY_MS);
  return {
    view,
    refreshSoon,
    async cause(fault) {
      try {
        const response = await change('/dev/faults', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(fault),
        });
        return response.ok ? null : `The server refused this fault (HTTP ${response.status}).`;
      } catch {
        return 'The development server does not respond.';
      }
    },
    lift: async ({ id }) => void (await change(`/dev/faults/${id}`, { method: 'DELETE' }).catch(() => null)),
    liftAll: async () => void (await change('/dev/faults', { method: 'DELETE' }).catch(() => null)),
    stop() {
      clearInterval(timer);
      if (soon !== null) clearTimeout(soon);
    },
  };
}
