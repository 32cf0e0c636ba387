import { afterEach, describe, expect, it, vi } from 'vitest';
import { createChatClient, storageRepository } from '../../../src/index.ts';

/** Globals that a mere client must not read: a server that prerenders refuses chance and time, and polyfills come later. */
const PLATFORM = ['WebSocket', 'fetch', 'AbortController', 'crypto', 'localStorage', 'document', 'navigator'] as const;

describe('building a client and reading its snapshot is inert', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('reads no chance, no time and no global of the platform', () => {
    const read: string[] = [];
    vi.spyOn(Math, 'random').mockImplementation(() => read.push('Math.random'));
    vi.spyOn(Date, 'now').mockImplementation(() => read.push('Date.now'));
    vi.spyOn(performance, 'now').mockImplementation(() => read.push('performance.now'));
    const timeouts = vi.spyOn(globalThis, 'setTimeout');
    const before = PLATFORM.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
    for (const name of PLATFORM) {
      Object.defineProperty(globalThis, name, { configurable: true, get: () => void read.push(name) });
    }
    try {
      const storage = { getItem: () => null, setItem: () => {}, removeItem: () => {} };
      const client = createChatClient({
        apiKey: 'key',
        tokenProvider: () => '',
        userRepository: storageRepository(storage, { apiKey: 'key' }),
        onDiagnostic: () => {},
      });
      client.getSnapshot();
      client.on('*', () => {})();
      client.subscribe(() => {})();
    } finally {
      for (const [name, descriptor] of before) {
        if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
        else Object.defineProperty(globalThis, name, descriptor);
      }
    }
    expect(read).toEqual([]);
    expect(timeouts).not.toHaveBeenCalled();
  });

  it('what is set after that, and before the first use, is what counts', async () => {
    const client = createChatClient({ apiKey: 'key', tokenProvider: () => '' });
    const opened: string[] = [];
    vi.stubGlobal(
      'WebSocket',
      class {
        constructor(url: string) {
          opened.push(url);
        }
        close() {}
      },
    );
    await client.connectAnonymousUser({ timeoutMs: 1 });
    expect(opened).toHaveLength(1);
    await client.dispose();
  });
});
