import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionError, sharedBetweenTabs } from '../../../src/index.ts';

/*
 * Where tabs can't share, each loads by itself. The tabs of a real browser are in test/browser/e2e/tabs.test.ts.
 */

const alice = { id: 'alice' };
const request = { signal: new AbortController().signal, reason: 'login' } as const;
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
afterEach(() => vi.unstubAllGlobals());

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
    expect(await sharedBetweenTabs('KEY', load)(alice, request)).toBe('token');
    expect(load).toHaveBeenCalledExactlyOnceWith(alice, request);
  });

  it('the provider that fails is asked once, and its own error reported', async () => {
    inBrowser(lock, channel);
    const load = vi.fn(() => Promise.reject(new Error('503')));
    await expect(sharedBetweenTabs('KEY', load)(alice, request)).rejects.toThrow('503');
    expect(load).toHaveBeenCalledTimes(1);
  });
});

it('a message that any script has sent does no harm', async () => {
  inBrowser(free);
  const provider = sharedBetweenTabs('KEY', async () => 'own');
  for (const data of [null, undefined, 7, 'text', [], {}]) {
    expect(() => Channel.opened[0]?.onmessage?.({ data })).not.toThrow();
  }
  expect(await provider(alice, request)).toBe('own');
});

it.each([
  ['loadToken', () => sharedBetweenTabs('KEY', 'token' as never)],
  ['loadToken', () => sharedBetweenTabs('KEY', undefined as never)],
  ['app', () => sharedBetweenTabs((() => 'token') as never, undefined as never)],
])('refuses an unusable %s', (field, act) => {
  expect(act).toThrow(SessionError);
  expect(act).toThrow(expect.objectContaining({ code: 'invalidArgument', field }));
});
