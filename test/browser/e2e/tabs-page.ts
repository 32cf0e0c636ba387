import { browserRepository, type ChatClient, createChatClient, sharedBetweenTabs } from '../../../src/index.ts';

/*
 * The page of tabs.test.ts: one client of an app, whose storage can be made slow or failing.
 */

declare global {
  interface Window {
    client: ChatClient;
    /** How many reports this page has sent. */
    reported: number;
    hold: (method: 'getItem' | 'removeItem', outcome: 'work' | 'reject') => () => void;
  }
}

const query = new URLSearchParams(location.search);
const server = query.get('server') ?? '';

// On a slow machine five tabs together need longer than one of them waits for another, and their messages longer.
if (query.has('patient')) {
  const setTimer = window.setTimeout.bind(window) as (run: () => void, delayMs: number) => number;
  window.setTimeout = ((run: () => void, delayMs = 0) =>
    setTimer(run, { 5000: 120_000, 200: 3_000 }[delayMs] ?? delayMs)) as never;
}

const loadToken = sharedBetweenTabs('dev-key', async ({ id }, { signal }) => {
  // By its cache, Chromium would let the second of two equal requests wait for the first one.
  const response = await fetch(`${server}/dev/token?user_id=${id}`, { signal, cache: 'no-store' });
  return ((await response.json()) as { readonly token: string }).token;
});

/** Makes calls of `localStorage` promises that settle once the returned function is called. */
window.hold = (method, outcome) => {
  const original = Storage.prototype[method] as (this: Storage, key: string) => unknown;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  Storage.prototype[method] = function held(this: Storage, key: string) {
    const value = outcome === 'work' ? original.call(this, key) : undefined;
    return released.then(() => {
      if (outcome === 'reject') throw new Error('The storage is busy.');
      return value;
    });
  } as never;
  return () => {
    Storage.prototype[method] = original as never;
    release();
  };
};

window.client = createChatClient({
  apiKey: 'dev-key',
  baseUrl: server,
  tokenProvider: loadToken,
  userRepository: browserRepository({ apiKey: 'dev-key' }),
  onDiagnostic: () => {},
  // None of its timers ends what a test holds up.
  timing: { tokenTimeoutMs: 120_000 },
});

window.reported = 0;
const report = (what: string) => {
  window.reported += 1;
  navigator.sendBeacon('/report', what);
};
window.client.subscribe(({ status }) => report(`${status}`));
window.addEventListener('pageshow', ({ persisted }) => report(persisted ? 'back from the cache' : 'loaded'));
if (query.has('restore')) void window.client.restore();
