import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionError, sharedBetweenTabs } from '../../../src/index.ts';

/*
 * Where tabs can't share, each loads by itself. The tabs of a real browser are in test/browser/e2e/tabs.test.ts.
 */

const alice = { id: 'alice' };
/** Each call has a signal of its own. */
const newRequest = () => ({ signal: new AbortController().signal, reason: 'login' }) as const;
const denied = () => new DOMException('Access to the Locks API is denied in this context.', 'SecurityError');

class Channel {
  static opened: Channel[] = [];
  onmessage: ((message: object) => void) | null = null;
  constructor() {
    Channel.opened.push(this);
  }
  postMessage(_: object): void {}
}

/** A lock that is free. */
const free = async (_: string, __: object, act: (held: object) => unknown) => act({});

function inBrowser(request: unknown, BroadcastChannel: unknown = Channel): void {
  vi.stubGlobal('document', {});
  vi.stubGlobal('navigator', { locks: { request } });
  vi.stubGlobal('BroadcastChannel', BroadcastChannel);
}

beforeEach(() => {
  Channel.opened = [];
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const Denied = class {
  constructor() {
    throw denied();
  }
};
const Uncopyable = class extends Channel {
  override postMessage(): void {
    throw new DOMException('It could not be cloned.', 'DataCloneError');
  }
};

describe.each<[string, lock: unknown, channel?: unknown]>([
  ['locks are denied', () => Promise.reject(denied())],
  [
    'asking for a lock throws',
    () => {
      throw denied();
    },
  ],
  ['channels are denied', free, Denied],
  ['a message cannot be sent', free, Uncopyable],
])('where %s', (_, lock, channel) => {
  it('the provider is asked, once, and its token returned', async () => {
    inBrowser(lock, channel);
    const load = vi.fn(async () => 'token');
    const request = newRequest();
    expect(await sharedBetweenTabs('KEY', load)(alice, request)).toBe('token');
    expect(load).toHaveBeenCalledExactlyOnceWith(alice, request);
  });

  it('the provider that fails is asked once, and its own error reported', async () => {
    inBrowser(lock, channel);
    const load = vi.fn(() => Promise.reject(new Error('503')));
    await expect(sharedBetweenTabs('KEY', load)(alice, newRequest())).rejects.toThrow('503');
    expect(load).toHaveBeenCalledTimes(1);
  });
});

it('a message that any script has sent does no harm', async () => {
  inBrowser(free);
  const provider = sharedBetweenTabs('KEY', async () => 'own');
  for (const data of [null, undefined, 7, 'text', [], {}]) {
    expect(() => Channel.opened[0]?.onmessage?.({ data })).not.toThrow();
  }
  expect(await provider(alice, newRequest())).toBe('own');
});

it.each([undefined, null, '', '<html>502 Bad Gateway</html>', '{"error":"no token"}', 7, { token: 'a' }])(
  'law 11: what another tab got in the place of a token (%j) is not taken for one',
  async (token) => {
    inBrowser(free);
    const provider = sharedBetweenTabs('KEY', async () => 'own');
    Channel.opened[0]?.onmessage?.({ data: { userId: 'alice', token } });
    expect(await provider(alice, newRequest())).toBe('own');
  },
);

it.each(['theirs', { token: 'theirs', expiresAtMs: 1 }])('a token that another tab got is taken: %j', async (token) => {
  inBrowser(free);
  const provider = sharedBetweenTabs('KEY', async () => 'own');
  Channel.opened[0]?.onmessage?.({ data: { userId: 'alice', token } });
  expect(await provider(alice, newRequest())).toEqual(token);
});

it.each([
  ['loadToken', () => sharedBetweenTabs('KEY', 'token' as never)],
  ['loadToken', () => sharedBetweenTabs('KEY', undefined as never)],
  ['app', () => sharedBetweenTabs((() => 'token') as never, undefined as never)],
])('refuses an unusable %s', (field, act) => {
  expect(act).toThrow(SessionError);
  expect(act).toThrow(expect.objectContaining({ code: 'invalidArgument', field }));
});

it.each<[string, () => void]>([
  ['a document', () => inBrowserWithout('document')],
  ['channels', () => inBrowserWithout('BroadcastChannel')],
])('law 2: without %s, as on a server, no channel is opened that would keep the process alive', (_, prepare) => {
  prepare();
  const load = async () => 'token';
  expect(sharedBetweenTabs('KEY', load)).toBe(load);
  expect(Channel.opened).toEqual([]);
});

function inBrowserWithout(name: 'document' | 'BroadcastChannel'): void {
  inBrowser(free);
  vi.stubGlobal(name, undefined);
}

it('a token that another tab got too long ago is not taken', async () => {
  inBrowser(free);
  const provider = sharedBetweenTabs('KEY', async () => 'own');
  Channel.opened[0]?.onmessage?.({ data: { userId: 'alice', token: 'theirs' } });
  const later = Date.now() + 10_000;
  vi.spyOn(Date, 'now').mockReturnValue(later);
  expect(await provider(alice, newRequest())).toBe('own');
});

describe('while a tab that may be frozen holds the lock', () => {
  const WAIT_MS = 5_000;

  /** Returns how many timers of this length are not stopped. What earlier files have left may start others meanwhile. */
  function watchTimers(): (delayMs: number) => number {
    const started = vi.spyOn(globalThis, 'setTimeout');
    const stopped = vi.spyOn(globalThis, 'clearTimeout');
    return (delayMs) => {
      const handles = started.mock.calls.flatMap(([, ms], index) =>
        ms === delayMs ? [started.mock.results[index]?.value] : [],
      );
      expect(handles).not.toEqual([]);
      return handles.filter((handle) => !stopped.mock.calls.some(([other]) => other === handle)).length;
    };
  }

  const held = (_: string, { ifAvailable, signal }: LockOptions, act: (held: object | null) => Promise<unknown>) => {
    if (ifAvailable === true) return act(null);
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  };

  it('law 8: the provider is asked without it after 5 s', async () => {
    vi.useFakeTimers();
    const left = watchTimers();
    inBrowser(held);
    const load = vi.fn(async () => 'token');
    const call = sharedBetweenTabs('KEY', load)(alice, newRequest());
    await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
    expect(load).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect([await call, left(WAIT_MS)]).toEqual(['token', 0]);
  });

  it('law 2: a call that is aborted ends, and leaves no timer', async () => {
    vi.useFakeTimers();
    const left = watchTimers();
    inBrowser(held);
    const load = vi.fn(async () => 'token');
    const controller = new AbortController();
    const call = sharedBetweenTabs('KEY', load)(alice, { signal: controller.signal, reason: 'login' });
    const ended = expect(call).rejects.toThrow('aborted');
    await vi.advanceTimersByTimeAsync(1_000);
    controller.abort();
    await ended;
    expect([load.mock.calls, left(WAIT_MS)]).toEqual([[], 0]);
  });
});

describe('two tabs', () => {
  /** One lock at a time, and what asks for one that is free only gets `null` otherwise. */
  function locks() {
    let last: Promise<unknown> = Promise.resolve();
    let isFree = true;
    return (_: string, { ifAvailable }: LockOptions, act: (held: object | null) => Promise<unknown>) => {
      if (ifAvailable === true && !isFree) return act(null);
      const turn = last.then(() => {
        isFree = false;
        return act({});
      });
      isFree = false;
      last = turn.then(
        () => {
          isFree = true;
        },
        () => {
          isFree = true;
        },
      );
      return turn;
    };
  }

  it.each(['while the first one loads', 'when it has loaded, and its message is on its way'])(
    'ask once: the second one %s',
    async (when) => {
      const arrivals: (() => void)[] = [];
      inBrowser(
        locks(),
        class extends Channel {
          override postMessage(data: object): void {
            for (const other of Channel.opened) if (other !== this) arrivals.push(() => other.onmessage?.({ data }));
          }
        },
      );
      const loads = [vi.fn(async () => 'token'), vi.fn(async () => 'another')] as const;
      const [first, second] = loads.map((load) => sharedBetweenTabs('KEY', load));
      const one = first?.(alice, newRequest());
      if (when.startsWith('when')) await one;
      const two = second?.(alice, newRequest());
      await vi.waitFor(() => expect(arrivals).toHaveLength(1));
      for (const arrive of arrivals) arrive();
      expect([await one, await two]).toEqual(['token', 'token']);
      expect(loads[1]).not.toHaveBeenCalled();
    },
  );

  it.each([
    ['is free', false],
    ['is held by a tab whose load fails', true],
  ])('law 2: a call that is aborted before it has the lock, which %s, asks for nothing', async (_, isHeld) => {
    inBrowser(locks());
    const fails: ((error: Error) => void)[] = [];
    const first = sharedBetweenTabs('KEY', () => new Promise((_, reject) => fails.push(reject)));
    const one = isHeld ? expect(first(alice, newRequest())).rejects.toThrow('503') : null;
    if (isHeld) await vi.waitFor(() => expect(fails).toHaveLength(1));
    const controller = new AbortController();
    const load = vi.fn(async () => 'token');
    const two = sharedBetweenTabs('KEY', load)(alice, { signal: controller.signal, reason: 'login' });
    const aborted = expect(two).rejects.toThrow('aborted');
    controller.abort();
    fails[0]?.(new Error('503'));
    await aborted;
    await one;
    expect(load).not.toHaveBeenCalled();
  });
});
