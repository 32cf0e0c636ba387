import type { Stage } from './harness.ts';

/** Ways for someone who is online into everything that a session can be in. */
export const ways = {
  'loading a token': async (s) => {
    s.backend.provider = 'hangs';
    s.backend.sendError(40);
    await s.until(({ state }) => state === 'loadingToken', 3_100);
  },
  opening: async (s) => {
    s.backend.welcome = { kind: 'silence' };
    s.backend.closeSockets();
    await s.until('reconnecting', 4_000);
  },
  waiting: async (s) => {
    s.backend.closeSockets();
    await s.until('waiting', 0);
  },
  offline: async (s) => {
    s.backend.change('offline');
    s.backend.closeSockets();
    await s.until('offline', 0);
  },
  suspended: async (s) => {
    await s.value(s.client.suspend(), 0);
  },
  connected: async () => {},
  probing: async (s) => {
    s.backend.answersPings = false;
    s.backend.change('woke');
  },
} satisfies Record<string, (s: Stage) => Promise<void>>;
