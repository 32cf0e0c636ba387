import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  browserEnvironment,
  browserRepository,
  ChatClient,
  type ChatClientOptions,
  createChatClient,
  createProtocolClient,
  explain,
  memoryRepository,
  SessionError,
  steadyStatus,
  storageRepository,
  type User,
} from '../../../src/index.ts';
import { fileRepository } from '../../../src/node.ts';
import { Backend, testLifecycle } from '../../../src/testing/index.ts';
import { startWorld } from '../../kit/world.ts';

/** What `new URL` would refuse, and a platform without it must, too. */
const BROKEN_URLS = [
  'http://',
  'http://:8080',
  'http://host:',
  'http://host:port',
  'http://host:99999',
  'http://%',
  'http://%41',
  'http://[::1',
  'http://::1',
  'http://a:b:c',
  'https://exa<mple.com',
  'http://host\\path',
  'http://host/a b',
  ' http://host',
  'http://host/./a',
  'http://host/a/..',
  'http://host/%2E%2e/a',
];

const alice: User = { id: 'alice' };
const good: ChatClientOptions = { apiKey: 'key', WebSocket };

function strangeSignal({ add = () => {}, remove = () => {} }): AbortSignal {
  return { aborted: false, addEventListener: add, removeEventListener: remove } as unknown as AbortSignal;
}

function revoked(): never {
  const { proxy, revoke } = Proxy.revocable({ id: 'alice' }, {});
  revoke();
  return proxy as never;
}

function thrownBy(act: () => unknown): SessionError {
  try {
    act();
  } catch (error) {
    if (error instanceof SessionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('bad input names the field and starts nothing', () => {
  it.each<[string, unknown]>([
    ['apiKey', { WebSocket }],
    ['apiKey', { ...good, apiKey: '' }],
    ['apiKey', { ...good, apiKey: 7 }],
    ...[' key', 'key\n', 'my key', 'ключ'].map((apiKey): [string, unknown] => ['apiKey', { ...good, apiKey }]),
    ['baseUrl', { ...good, baseUrl: 'chat.example.com' }],
    ['baseUrl', { ...good, baseUrl: 'ws://chat.example.com' }],
    ['baseUrl', { ...good, baseUrl: 'https://chat.example.com?x=1' }],
    ['baseUrl', { ...good, baseUrl: 'https://user:secret@chat.example.com' }],
    ...[...BROKEN_URLS, 'http://256.1.1.1', 'http://[::1::2]'].map((baseUrl): [string, unknown] => [
      'baseUrl',
      { ...good, baseUrl },
    ]),
    ['tokenProvider', { ...good, tokenProvider: {} }],
    ['tokenProvider', { ...good, tokenProvider: '' }],
    ['userRepository', { ...good, userRepository: { getCurrentUser() {} } }],
    ['environment', { ...good, environment: { read() {} } }],
    ['WebSocket', { ...good, WebSocket: {} }],
    ['webSocketOptions', { ...good, webSocketOptions: 'x' }],
    ['fetch', { ...good, fetch: 'fetch' }],
    ['timing.helloTimeoutMs', { ...good, timing: { helloTimeoutMs: '5000' } }],
    ['timing.helloTimeoutMs', { ...good, timing: { helloTimeoutMs: 0 } }],
    ['timing.helloTimeoutMs', { ...good, timing: { helloTimeoutMs: Number.NaN } }],
    ['timing.backoffCapMs', { ...good, timing: { backoffCapMs: 2 ** 31 } }],
    ['timing.backofCapMs', { ...good, timing: { backofCapMs: 10 } }],
    ['tokenprovider', { ...good, tokenprovider: () => '' }],
    ['onDiagnostic', { ...good, onDiagnostic: true }],
    ['inspect', { ...good, inspect: 1 }],
    ['clock', { ...good, clock: { setTimeout() {} } }],
    ['seed', { ...good, seed: 'x' }],
    ...['', ' ', ' app', 'app\n', 'my\napp', 'приложение'].map((clientName): [string, unknown] => [
      'clientName',
      { ...good, clientName },
    ]),
  ])('option %s', (field, options) => {
    const error = thrownBy(() => createChatClient(options as ChatClientOptions));
    expect(error).toMatchObject({ code: 'invalidArgument', field, retryable: false });
    expect(error.message).toContain(field);
    expect(error.remedy).toContain('nothing was started');
  });

  it.each<[string, unknown]>([
    ['options', undefined],
    ['options', null],
    ['options', 'key'],
    [
      'options',
      {
        ...good,
        get baseUrl() {
          throw new Error('boom');
        },
      },
    ],
    ['options', revoked()],
  ])('%s that are no object, or cannot be read', (field, options) => {
    expect(thrownBy(() => createChatClient(options as ChatClientOptions))).toMatchObject({
      code: 'invalidArgument',
      field,
    });
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['user', undefined, undefined, undefined],
    ['user', 'alice', undefined, undefined],
    ['user.id', {}, undefined, undefined],
    ['user.id', { id: '' }, undefined, undefined],
    ['user.id', { id: '  ' }, undefined, undefined],
    ['user.id', { id: 7 }, undefined, undefined],
    ['user.id', { id: 'alice\ud83d' }, undefined, undefined],
    ['user.id', { id: '\ude00alice' }, undefined, undefined],
    ['user', { id: 'alice', big: 1n }, undefined, undefined],
    ['user', Object.assign(['alice'], { id: 'alice' }), undefined, undefined],
    ['user', { id: 'alice', toJSON: () => 'alice' }, undefined, undefined],
    ['user', { id: 'alice', toJSON: () => undefined }, undefined, undefined],
    ['user.id', { id: 'alice', toJSON: () => ({ id: 'bob' }) }, undefined, undefined],
    [
      'user',
      {
        get id() {
          throw new Error('boom');
        },
      },
      undefined,
      undefined,
    ],
    ['user', revoked(), undefined, undefined],
    ['tokenOrProvider', alice, revoked(), undefined],
    ['tokenOrProvider', alice, 7, undefined],
    ['tokenOrProvider', alice, '', undefined],
    ['tokenOrProvider', alice, {}, undefined],
    ['timeoutMs', alice, undefined, { timeoutMs: 0 }],
    ['timeoutMs', alice, undefined, { timeoutMs: '1s' }],
    ['timeoutMs', alice, undefined, { timeoutMs: Number.POSITIVE_INFINITY }],
    ['options', alice, undefined, 7],
    [
      'options',
      alice,
      undefined,
      {
        get timeoutMs() {
          throw new Error('boom');
        },
      },
    ],
    ['options', alice, undefined, revoked()],
    ['signal', alice, undefined, { signal: {} }],
    ['signal', alice, undefined, { signal: null }],
    ['signal', alice, undefined, { signal: revoked() }],
    ['signal', alice, undefined, { signal: { aborted: false, addEventListener() {} } }],
    ['signal', alice, undefined, { signal: { addEventListener() {}, removeEventListener() {} } }],
    ['signal', alice, undefined, { signal: { aborted: 'no', addEventListener() {}, removeEventListener() {} } }],
    [
      'signal',
      alice,
      undefined,
      {
        signal: strangeSignal({
          add: () => {
            throw new Error('boom');
          },
        }),
      },
    ],
    [
      'signal',
      alice,
      undefined,
      {
        signal: strangeSignal({
          remove: () => {
            throw new Error('boom');
          },
        }),
      },
    ],
  ])('a login with a bad %s', async (field, user, token, options) => {
    const { server, client: create, provider } = await startWorld();
    const tokenProvider = provider();
    const client = create({ tokenProvider });
    for (const method of ['connectUser', 'switchUser'] as const) {
      const result = await client[method](user as User, token as string, options as object);
      expect(result).toMatchObject({ success: false, error: { code: 'invalidArgument', field } });
    }
    expect(client.getSnapshot().status).toBe('idle');
    expect(server.counts().opened).toBe(0);
    expect(tokenProvider.calls()).toBe(0);
  });

  it('other calls', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const field = (name: string) => ({ success: false, error: { code: 'invalidArgument', field: name } });
    expect(await client.disconnect({ forgetUser: 'no' as never })).toMatchObject(field('forgetUser'));
    for (const options of [false, true, 0, 'keep', () => {}, revoked()]) {
      expect(await client.disconnect(options as never)).toMatchObject(field('options'));
    }
    expect(await client.connectAnonymousUser(7 as never)).toMatchObject(field('options'));
    expect(await client.request('/channels', 7 as never)).toMatchObject(field('options'));
    expect(await client.request('channels')).toMatchObject(field('path'));
    expect(await client.request('/channels', { timeoutMs: -1 })).toMatchObject(field('timeoutMs'));
    expect(await client.connectGuestUser({ id: '' })).toMatchObject(field('user.id'));
    for (const call of [client.request('/x'), client.suspend(), client.resume(), client.retryNow()]) {
      expect(await call).toMatchObject({ success: false, error: { code: 'notLoggedIn' } });
    }
    expect(client.getSnapshot().status).toBe('idle');
  });

  it.each([
    ['of a page', new Event('click')],
    ['of React', { _reactName: 'onClick', type: 'click', nativeEvent: {}, preventDefault: () => {} }],
    ['of React Aria', { type: 'press', pointerType: 'mouse', target: {}, continuePropagation: () => {} }],
  ])('law 5: the event %s, given by a button, is no option and logs out', async (_, event) => {
    const userRepository = memoryRepository();
    const { client: create } = await startWorld();
    const { connectUser, connectAnonymousUser, disconnect } = create({ userRepository });
    await connectUser({ id: 'alice' });
    expect(await disconnect(event as never)).toMatchObject({ success: true });
    expect(userRepository.getCurrentUser()).toBeNull();
    expect(await connectAnonymousUser(event as never)).toMatchObject({ success: true });
  });

  it('listeners: events would be lost in silence', async () => {
    const { client: create } = await startWorld();
    const { on, subscribe, onTransition } = create();
    const loose = { on, subscribe, onTransition } as unknown as Record<
      string,
      (...input: readonly unknown[]) => unknown
    >;
    const refused = { code: 'invalidArgument', field: 'listener' };
    expect(thrownBy(() => loose.on?.(() => {}))).toMatchObject(refused);
    expect(thrownBy(() => loose.on?.('message.new', { handleEvent() {} }))).toMatchObject(refused);
    expect(thrownBy(() => loose.subscribe?.({ next() {} }))).toMatchObject(refused);
    expect(thrownBy(() => loose.onTransition?.(undefined))).toMatchObject(refused);
  });

  it.each<[field: string, act: () => unknown]>([
    ['client', () => explain(undefined as never)],
    ['client', () => explain({} as never)],
    ['source', () => steadyStatus(null as never)],
    ['source', () => steadyStatus({ getSnapshot: () => ({}), subscribe: () => () => {} } as never)],
    ['target', () => browserEnvironment(7 as never)],
    ['target', () => browserEnvironment(null as never)],
    ['framework.describe', () => testLifecycle({ start: () => null, events: {} }, undefined as never)],
    ['framework.test', () => testLifecycle({ start: () => null, events: {} }, { describe } as never)],
    ['protocol', () => createProtocolClient({} as never)],
    ['subject', () => testLifecycle(undefined as never, { describe, test: it })],
    ['subject.start', () => testLifecycle({ events: {} } as never, { describe, test: it })],
    ['subject.events', () => testLifecycle({ start: () => null } as never, { describe, test: it })],
  ])('functions: %s', (field, act) => {
    expect(thrownBy(act)).toMatchObject({ code: 'invalidArgument', field });
  });

  it('a platform without WebSocket: the client is built and renders, and a login says what is missing', async () => {
    const platform = globalThis.WebSocket;
    try {
      Reflect.deleteProperty(globalThis, 'WebSocket');
      const client = createChatClient({ apiKey: 'key', tokenProvider: () => '' });
      expect(client.getSnapshot().status).toBe('idle');
      expect(await client.connectUser(alice)).toMatchObject({
        success: false,
        error: { code: 'invalidArgument', field: 'WebSocket' },
      });
    } finally {
      if (platform !== undefined) globalThis.WebSocket = platform;
    }
  });
});

describe('the one instance of an app', () => {
  it('is there between build() and dispose()', async () => {
    expect(thrownBy(() => ChatClient.instance())).toMatchObject({ code: 'noInstance' });
    const builder = new ChatClient.Builder('key').webSocket(WebSocket).tokenProvider(() => '');
    const client = builder.build();
    expect(ChatClient.instance()).toBe(client);
    // A hot update evaluates the module again.
    expect(new ChatClient.Builder('key').tokenProvider(() => '').build()).toBe(client);
    expect(thrownBy(() => new ChatClient.Builder('other').build())).toMatchObject({ code: 'instanceExists' });
    expect(thrownBy(() => new ChatClient.Builder('key').baseUrl('http://x').build())).toMatchObject({
      code: 'instanceExists',
    });
    createChatClient(good);
    expect(ChatClient.instance()).toBe(client);
    await client.dispose();
    expect(thrownBy(() => ChatClient.instance())).toMatchObject({ code: 'noInstance' });
    await builder.build().dispose();
  });

  it('has the options of each method of its builder', async () => {
    const backend = new Backend(alice);
    backend.change('offline');
    const { apiKey, WebSocket, tokenProvider, userRepository, environment, onDiagnostic, ...others } =
      backend.options();
    const { clock, fetch, seed } = others;
    const client = new ChatClient.Builder(apiKey ?? '')
      .baseUrl('http://backend.test')
      .webSocket(WebSocket ?? expect.fail())
      .tokenProvider(tokenProvider ?? '')
      .userRepository(userRepository ?? expect.fail())
      .environment(environment ?? expect.fail())
      .timing({ offlineRetryMs: 40_000 })
      .onDiagnostic(onDiagnostic ?? expect.fail())
      .options({ clock, fetch, seed })
      .build();
    expect(client).toBeInstanceOf(ChatClient);
    expect(createChatClient(good)).toBeInstanceOf(ChatClient);
    void client.restore();
    await backend.clock.advance(1_000);
    expect(client.getSnapshot()).toMatchObject({ status: 'offline', user: alice });
    expect(client.actor.getSnapshot().context.timing.offlineRetryMs).toBe(40_000);
    backend.provider = 'throws';
    backend.change('online');
    await backend.clock.advance(2_000);
    expect(backend.diagnostics.map(({ source }) => source)).toContain('provider');
    backend.heal();
    await backend.clock.advance(60_000);
    expect(client.getSnapshot().status).toBe('online');
    await client.dispose();
  });

  it('a build that fails leaves none', () => {
    expect(thrownBy(() => new ChatClient.Builder('').build())).toMatchObject({
      code: 'invalidArgument',
      field: 'apiKey',
    });
    expect(thrownBy(() => ChatClient.instance())).toMatchObject({ code: 'noInstance' });
  });
});

describe('what is strange about the input stays outside', () => {
  it.each([
    ['no options at all', undefined],
    ['null, which stands for none', null],
  ])('disconnect with %s forgets the user', async (_, options) => {
    const { client: create } = await startWorld();
    const userRepository = memoryRepository();
    const client = create({ userRepository });
    await client.connectUser(alice).orThrow();
    await client.disconnect(options as never).orThrow();
    expect(userRepository.getCurrentUser()).toBeNull();
  });

  it('law 7: disconnect(false) is refused, and no one is logged out or lost', async () => {
    const { client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    expect(await client.disconnect(false as never)).toMatchObject({ error: { field: 'options' } });
    expect(client.getSnapshot()).toMatchObject({ status: 'online', user: alice });
  });

  it('law 3: a call settles, though its signal throws when it is let go', async () => {
    const { client: create } = await startWorld();
    const client = create();
    let removals = 0;
    const signal = strangeSignal({
      remove: () => {
        removals += 1;
        // The first is how it is tried out.
        if (removals > 1) throw new Error('boom');
      },
    });
    await client.connectUser(alice, undefined, { signal }).orThrow();
    expect(removals).toBe(2);
    removals = 0;
    await client.request('/channels/messaging/general/query', { body: {}, signal }).orThrow();
    expect(removals).toBeGreaterThan(0);
  });

  it('a user of a class keeps the id that it has by a getter', async () => {
    class Model {
      readonly name = 'Alice';
      readonly #id = 'alice';
      get id() {
        return this.#id;
      }
    }
    const { client: create } = await startWorld();
    const client = create();
    const { user } = await client.connectUser(new Model() as never).orThrow();
    expect(user).toEqual({ id: 'alice', name: 'Alice' });
    expect(await client.switchUser(new Model() as never)).toMatchObject({ success: true });
  });

  it("no one changes the session's user, however deep", async () => {
    const { client: create } = await startWorld();
    const userRepository = memoryRepository();
    const client = create({ userRepository });
    const given = { id: 'alice', rights: { groups: ['a'] } };
    await client.connectUser(given).orThrow();
    given.rights.groups.push('b');
    const user = client.getSnapshot().user as unknown as typeof given;
    expect(() => user.rights.groups.push('c')).toThrow(TypeError);
    expect(client.getSnapshot().user).toEqual({ id: 'alice', rights: { groups: ['a'] } });
    await client.disconnect({ forgetUser: false });

    const restoring = create({ userRepository });
    const restored = (await restoring.restore().orThrow()) as unknown as typeof given;
    expect(() => restored.rights.groups.push('c')).toThrow(TypeError);
  });

  it.each(BROKEN_URLS)('%s is refused on a platform without URL, too', (baseUrl) => {
    vi.stubGlobal('URL', undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    expect(thrownBy(() => createChatClient({ ...good, baseUrl }))).toMatchObject({ field: 'baseUrl' });
  });

  it.each([
    'http://localhost:8787',
    'https://chat.example.com/',
    'https://chat.example.com/a/b%20c',
    'http://127.0.0.1',
    'http://[::1]:8080/x',
    'https://höst.example',
    'http://my_host:65535',
    'https://chat.example.com/.well-known/a..b/...',
  ])('%s is taken, with URL and without', (baseUrl) => {
    createChatClient({ ...good, baseUrl });
    vi.stubGlobal('URL', undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    createChatClient({ ...good, baseUrl });
  });

  it.each(['A', 'my app', '~!'])('the name %s of an app is taken', (clientName) => {
    expect(() => createChatClient({ ...good, clientName })).not.toThrow();
  });
});

describe('a repository that could not work is refused when it is made', () => {
  const storage = { getItem: () => null, setItem() {}, removeItem() {} };

  it.each<[string, () => unknown]>([
    ['options', () => fileRepository('user.json', undefined as never)],
    ['options', () => fileRepository('user.json', 'key' as never)],
    ['apiKey', () => fileRepository('user.json', {} as never)],
    ['apiKey', () => fileRepository('user.json', { apiKey: '' })],
    ['path', () => fileRepository(undefined as never, { apiKey: 'key' })],
    ['path', () => fileRepository('file:///tmp/user.json', { apiKey: 'key' })],
    ['path', () => fileRepository('FILE:user.json', { apiKey: 'key' })],
    ['path', () => fileRepository('', { apiKey: 'key' })],
    ['storage', () => storageRepository(undefined as never, { apiKey: 'key' })],
    ['storage', () => storageRepository({ getItem: () => null } as never, { apiKey: 'key' })],
    ['storage', () => storageRepository(revoked(), { apiKey: 'key' })],
    ['options', () => storageRepository(storage, null as never)],
    ['apiKey', () => storageRepository(storage, { apiKey: 7 as never })],
    ['key', () => storageRepository(storage, { apiKey: 'key', key: 7 as never })],
    ['events', () => storageRepository(storage, { apiKey: 'key', events: {} as never })],
    ['apiKey', () => browserRepository({} as never)],
  ])('%s (%s)', (field, make) => {
    const error = thrownBy(make);
    expect(error).toMatchObject({ code: 'invalidArgument', field });
    expect(error.message).toContain(field);
  });

  it('a function that gives no storage fails the operation, and says so', async () => {
    const repository = storageRepository(() => undefined as never, { apiKey: 'key' });
    await expect(repository.getCurrentUser()).rejects.toMatchObject({ code: 'invalidArgument', field: 'storage' });
  });
});
