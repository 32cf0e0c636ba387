import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ChatClientOptions, createChatClient, type Diagnostic, memoryRepository } from '../../../src/index.ts';

const alice = { id: 'alice' };

/** A client whose logins fail at once: nothing gives it a token. */
function failing(options: Partial<ChatClientOptions> = {}) {
  const diagnostics: Diagnostic[] = [];
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const client = createChatClient({
    apiKey: 'key',
    WebSocket: class {} as never,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  });
  return { client, diagnostics, warn };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a failure whose result nothing looks at', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it('is a diagnostic, and one warning in development that names code and remedy', async () => {
    const { client, diagnostics, warn } = failing();
    client.connectUser(alice);
    await turn();
    expect(diagnostics).toMatchObject([{ source: 'app', level: 'error', failure: { code: 'tokenSourceMissing' } }]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/tokenSourceMissing: .*alice[.] Give a token or a token provider/);
  });

  it('is no warning in production, or where the option says so; it stays a diagnostic', async () => {
    const quiet = failing({ warnings: false });
    quiet.client.connectUser(alice);
    await turn();
    vi.stubEnv('NODE_ENV', 'production');
    const production = failing();
    production.client.connectUser(alice);
    await turn();
    expect(production.warn).not.toHaveBeenCalled();
    expect([quiet.diagnostics.length, production.diagnostics.length]).toEqual([1, 1]);
  });

  it.each<[string, (client: ReturnType<typeof failing>['client']) => unknown]>([
    ['awaited', async (client) => await client.connectUser(alice)],
    ['taken by a callback', (client) => client.connectUser(alice).enqueue(() => {})],
    [
      'thrown',
      (client) =>
        client
          .connectUser(alice)
          .orThrow()
          .catch(() => {}),
    ],
    ['cancelled', (client) => client.connectUser(alice).cancel()],
  ])('%s, it is looked at', async (_, look) => {
    const { client, diagnostics, warn } = failing();
    await look(client);
    await turn();
    expect(warn).not.toHaveBeenCalled();
    expect(diagnostics).toEqual([]);
  });

  it('says nothing of a login that a disconnect() ends, nor of a call whose signal was aborted', async () => {
    const { client, diagnostics } = failing({ tokenProvider: () => new Promise<string>(() => {}) });
    client.connectUser(alice);
    await client.disconnect();
    client.switchUser(alice, undefined, { signal: AbortSignal.abort() });
    await turn();
    expect(diagnostics).toEqual([]);
    await client.dispose();
  });

  it('says nothing of what the app itself ended', async () => {
    const { client, diagnostics } = failing({ tokenProvider: () => new Promise<string>(() => {}) });
    client.connectUser(alice);
    client.dispose();
    client.connectUser(alice);
    await turn();
    expect(diagnostics).toEqual([]);
  });
});

describe('a listener that throws', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  const thrown = new TypeError('message is undefined');
  const throwTwice = async ({ client }: ReturnType<typeof failing>) => {
    for (let call = 0; call < 2; call += 1) {
      client.connectUser(alice).enqueue(() => {
        throw thrown;
      });
    }
    await turn();
  };

  it('is one warning of each client in development, with the error; the next is a diagnostic only', async () => {
    const { warn, ...first } = failing();
    await throwTwice({ warn, ...first });
    const text = 'sessionchart: The listener threw: message is undefined. The session goes on.';
    expect(warn.mock.calls).toEqual([[text, thrown]]);
    await throwTwice(failing());
    expect(warn).toHaveBeenCalledTimes(2);
    expect(first.diagnostics).toMatchObject([{ source: 'listener', failure: { code: 'internal' } }]);
  });

  it('is no warning in production, or where the option says so', async () => {
    const quiet = failing({ warnings: false });
    await throwTwice(quiet);
    vi.stubEnv('NODE_ENV', 'production');
    await throwTwice(failing());
    expect(quiet.warn).not.toHaveBeenCalled();
  });

  it('is the fault of no listener, if other code of the app throws', async () => {
    const { client, warn, diagnostics } = failing({
      inspect: () => {
        throw thrown;
      },
      tokenProvider: 'TOKEN',
    });
    await client.restore();
    await client.dispose();
    expect(diagnostics.map(({ source }) => source)).toContain('inspector');
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('a repository that is bound to another API key than the client', () => {
  it('is reported when the client is first used, since nothing it stores would be restored', async () => {
    const { client, diagnostics } = failing({ userRepository: { ...memoryRepository(), apiKey: 'other' } });
    expect(diagnostics).toEqual([]);
    await client.restore();
    expect(diagnostics).toMatchObject([{ source: 'app', level: 'error', failure: { code: 'invalidArgument' } }]);
    await client.dispose();
    vi.restoreAllMocks();
  });

  it('is no mistake where it is the same key, nor where the client has none', async () => {
    const { client, diagnostics } = failing({ userRepository: { ...memoryRepository(), apiKey: 'key' } });
    const keyless = failing({
      apiKey: undefined,
      protocol: { name: 'own', connect: () => ({ url: 'ws://own.example', decode: () => ({ kind: 'hello' }) }) },
      userRepository: { ...memoryRepository(), apiKey: 'other' },
    });
    for (const each of [client, keyless.client]) {
      await each.restore();
      await each.dispose();
    }
    expect([diagnostics, keyless.diagnostics]).toEqual([[], []]);
    vi.restoreAllMocks();
  });
});
