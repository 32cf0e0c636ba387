import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type {
  ChatClientOptions,
  Clock,
  Diagnostic,
  Login,
  Protocol,
  User,
  UserRepository,
} from '../../../src/index.ts';
import { createChatClient, memoryRepository, streamChat } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/backend/backend.ts';
import { Device } from '../../../src/testing/backend/device.ts';
import { startWorld, until } from '../../kit/world.ts';

const alice: User = { id: 'alice', name: 'Alice' };

const boom = (where: string): never => {
  throw new Error(`a fault in the app: ${where}`);
};

const rejects = (async () => boom('async')) as unknown as () => never;

/** Every leaf state of the statechart, in the order in which the tour enters them first. */
const TOUR = [
  'restoring',
  'loadingToken',
  'connecting.opening',
  'connected.healthy',
  'connected.probing',
  'connecting.waiting',
  'connecting.suspended',
  'connecting.offline',
  'disconnecting.forgetting',
  'disconnecting.closing',
  'loggedOut',
];

/** Takes a client through every state, with `options` that may be faulty in every one of them. */
async function tour(
  options: Partial<ChatClientOptions>,
  spoil: (client: ReturnType<Awaited<ReturnType<typeof startWorld>>['client']>) => void,
) {
  const { server, client: create, diagnostics } = await startWorld();
  const environment = new Device();
  const client = create({ environment, ...options });
  const states: string[] = [];
  client.subscribe(({ state }) => states.includes(state) || states.push(state));
  let heard = 0;
  client.on('message.new', () => {
    heard += 1;
  });
  spoil(client);
  await client.restore();
  const held = server.faults.cause({ type: 'withholdHello' });
  const connecting = client.connectUser(alice);
  await server.until(() => held.state.held === 1);
  held.lift();
  expect(await connecting).toMatchObject({ success: true });
  server.push({ type: 'message.new' }, 'alice');
  await expect.poll(() => heard).toBe(1);
  environment.change('foreground');
  await until(client, ({ state }) => state === 'connected.healthy');
  server.faults.cause({ type: 'dropSockets' });
  await until(client, 'waiting');
  await client.suspend();
  environment.change('offline');
  await client.resume();
  await until(client, 'offline');
  environment.change('online');
  await until(client, 'online');
  server.push({ type: 'message.new' }, 'alice');
  await expect.poll(() => heard).toBe(2);
  const left = await client.disconnect();
  await until(client, 'loggedOut');
  await server.until(() => server.counts().openNow === 0);
  expect(server.counts('alice').highestOpen).toBe(1);
  expect(environment.listeners).toBe(0);
  expect([...states].sort()).toEqual([...TOUR].sort());
  return { left, diagnostics };
}

describe("law 11: others' faults stay theirs, in every state", () => {
  it('throwing subscribers and chat listeners', async () => {
    const thrownIn: string[] = [];
    const { left, diagnostics } = await tour({}, (client) => {
      client.subscribe(({ state }) => {
        thrownIn.push(state);
        boom(state);
      });
      client.on('*', ({ type }) => boom(type));
      client.on('message.new', ({ type }) => boom(type));
    });
    expect(left).toMatchObject({ success: true });
    const blamed = (source: string) => diagnostics.filter((diagnostic) => diagnostic.source === source);
    expect(thrownIn).toEqual(expect.arrayContaining([...TOUR]));
    expect(blamed('subscriber')).toHaveLength(thrownIn.length);
    expect(blamed('listener').map(({ count }) => count)).toEqual([1]);
  });

  it('a chat listener that throws is reported the 1st, 10th and 100th time, however many events there are', async () => {
    const { server, client: create, diagnostics } = await startWorld();
    const client = create();
    let heard = 0;
    client.on('message.new', () => {
      heard += 1;
      boom('listener');
    });
    await client.connectUser(alice).orThrow();
    for (let sent = 0; sent < 150; sent += 1) server.push({ type: 'message.new' }, 'alice');
    await expect.poll(() => heard).toBe(150);
    expect(diagnostics.map(({ source, level, count }) => [source, level, count])).toEqual([
      ['listener', 'warning', 1],
      ['listener', 'warning', 10],
      ['listener', 'warning', 100],
    ]);
  });

  it('async subscribers, listeners, callbacks, inspectors and onDiagnostic that reject', async () => {
    const rejecting = async (where: unknown) => boom(String(where));
    const reported: string[] = [];
    const { left } = await tour(
      {
        inspect: ({ type }) => rejecting(type),
        onDiagnostic: async ({ source }) => {
          reported.push(source);
          await rejecting(source);
        },
      },
      (client) => {
        client.subscribe(({ state }) => rejecting(state));
        client.on('message.new', ({ type }) => rejecting(type));
        client.restore().enqueue(() => rejecting('enqueue'));
        client.actor.subscribe(() => rejecting('actor.subscribe'));
        client.actor.on('*', () => rejecting('actor.on'));
      },
    );
    expect(left).toMatchObject({ success: true });
    expect([...new Set(reported)].sort()).toEqual(['inspector', 'listener', 'network', 'subscriber']);
  });

  it('a throwing inspector', async () => {
    const { left, diagnostics } = await tour({ inspect: ({ type }) => boom(type) }, () => {});
    expect(left).toMatchObject({ success: true });
    expect(diagnostics.filter(({ source }) => source === 'inspector').length).toBeGreaterThan(50);
  });

  it('a throwing onDiagnostic, reported of throwing everything else', async () => {
    const { left } = await tour(
      { onDiagnostic: () => boom('onDiagnostic'), inspect: ({ type }) => boom(type) },
      (client) => {
        client.subscribe(({ state }) => boom(state));
      },
    );
    expect(left).toMatchObject({ success: true });
  });

  it('throwing and rejecting callbacks of calls, and readers of the actor', async () => {
    const { left, diagnostics } = await tour({}, (client) => {
      client.restore().enqueue(() => boom('enqueue'));
      client.connectUser({ id: '' }).enqueue(() => boom('enqueue'));
      client.actor.subscribe(() => boom('actor.subscribe'));
      client.actor.on('*', () => boom('actor.on'));
    });
    expect(left).toMatchObject({ success: true });
    expect(diagnostics.filter(({ source }) => source === 'listener').length).toBeGreaterThanOrEqual(1);
  });

  it.each<[string, Partial<UserRepository>]>([
    ['getCurrentUser throws', { getCurrentUser: () => boom('getCurrentUser') }],
    ['getCurrentUser rejects', { getCurrentUser: () => Promise.reject(new Error('a fault in the app')) }],
    ['setCurrentUser throws', { setCurrentUser: () => boom('setCurrentUser') }],
    ['setCurrentUser rejects', { setCurrentUser: () => Promise.reject(new Error('a fault in the app')) }],
    ['clearCurrentUser throws', { clearCurrentUser: () => boom('clearCurrentUser') }],
    ['clearCurrentUser rejects', { clearCurrentUser: () => Promise.reject(new Error('a fault in the app')) }],
    ['subscribe throws', { subscribe: () => boom('subscribe') }],
    ['what subscribe returns throws', { subscribe: () => () => boom('unsubscribe') }],
    ['getCurrentUser returns nonsense', { getCurrentUser: () => 7 as unknown as User }],
  ])('a repository whose %s', async (what, spoiled) => {
    const { left, diagnostics } = await tour({ userRepository: { ...memoryRepository(), ...spoiled } }, () => {});
    if (what.startsWith('clear')) expect(left).toMatchObject({ success: false, error: { code: 'userNotForgotten' } });
    else expect(left).toMatchObject({ success: true });
    expect(diagnostics.filter(({ source }) => source === 'repository').length).toBeGreaterThan(0);
  });

  it('an environment that throws', async () => {
    const { client: create, diagnostics } = await startWorld();
    const client = create({ environment: { read: () => boom('read'), subscribe: () => boom('subscribe') } });
    expect(await client.connectUser(alice)).toMatchObject({ success: true });
    expect(await client.disconnect()).toMatchObject({ success: true });
    expect(diagnostics.filter(({ source }) => source === 'environment').length).toBeGreaterThan(1);
  });

  it.each([true, undefined, null, ['online']])('an environment that reads as %j', async (reading) => {
    const { client: create, diagnostics } = await startWorld();
    const client = create({ environment: { read: () => reading as never, subscribe: () => () => {} } });
    expect(await client.connectUser(alice)).toMatchObject({ success: true });
    expect(await client.disconnect()).toMatchObject({ success: true });
    expect(diagnostics.find(({ source }) => source === 'environment')).toMatchObject({
      failure: { code: 'internal', message: 'The environment threw: it returned no object' },
    });
  });

  const platform: Clock = {
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimeout: (handle) => clearTimeout(handle as number),
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
  };
  const registersAndThrows = (callback: () => void, delayMs: number): never => {
    setTimeout(callback, delayMs);
    return boom('setTimeout');
  };

  it.each<[string, Partial<Clock>]>([
    ['now() throws', { now: () => boom('now') }],
    ['now() is async and rejects', { now: rejects }],
    ['elapsedMs() throws', { elapsedMs: () => boom('elapsedMs') }],
    ['setTimeout() throws', { setTimeout: () => boom('setTimeout') }],
    ['setTimeout() throws after it has started the timer', { setTimeout: registersAndThrows }],
    ['clearTimeout() throws', { clearTimeout: () => boom('clearTimeout') }],
  ])('a clock whose %s', async (_, spoiled) => {
    const { left, diagnostics } = await tour({ clock: { ...platform, ...spoiled } }, () => {});
    expect(left).toMatchObject({ success: true });
    const reports = diagnostics.filter(({ source }) => source === 'clock');
    expect(reports.map(({ count }) => count)).toEqual(expect.arrayContaining([1]));
    expect(reports.length).toBeLessThan(6);
  });

  it('a clock that calls back twice fires each timer once', async () => {
    const backend = new Backend();
    const options = backend.options();
    const clock: Clock = {
      ...platform,
      now: () => backend.clock.now(),
      elapsedMs: () => backend.clock.now(),
      setTimeout: (callback, delayMs) => backend.clock.setTimeout(() => [callback(), callback()], delayMs),
      clearTimeout: (handle) => backend.clock.clearTimeout(handle),
    };
    const client = createChatClient({ ...options, clock });
    let fired = 0;
    client.startTimer(() => {
      fired += 1;
    }, 1_000);
    await backend.clock.advance(1_000);
    expect(fired).toBe(1);
    await client.dispose();
  });

  // Plugins of native apps have such members. A rejection that is not handled would end a Node process.
  const calm = { read: () => ({ online: true, foreground: true }), subscribe: () => () => {} };

  it.each<[string, Partial<ChatClientOptions>, 'environment' | 'repository']>([
    ['environment.read()', { environment: { ...calm, read: rejects } }, 'environment'],
    ['environment.subscribe()', { environment: { ...calm, subscribe: rejects } }, 'environment'],
    ['what environment.subscribe() returns', { environment: { ...calm, subscribe: () => rejects } }, 'environment'],
    ['repository.subscribe()', { userRepository: { ...memoryRepository(), subscribe: rejects } }, 'repository'],
    [
      'what repository.subscribe() returns',
      { userRepository: { ...memoryRepository(), subscribe: () => rejects } },
      'repository',
    ],
  ])('%s that is async and rejects is reported', async (_, options, source) => {
    const { client: create, diagnostics } = await startWorld();
    const client = create(options);
    expect(await client.connectUser(alice)).toMatchObject({ success: true });
    expect(await client.disconnect()).toMatchObject({ success: true });
    await client.dispose();
    await expect.poll(() => diagnostics.map((diagnostic) => diagnostic.source)).toContain(source);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['throws', () => boom('provider')],
    ['rejects', () => Promise.reject(new Error('a fault in the app'))],
    ['rejects with nothing', () => Promise.reject(undefined)],
    ['returns an object', () => ({ token: 'x' }) as unknown as string],
    // biome-ignore lint/suspicious/noThenProperty: that is the fault
    ['returns what throws when awaited', () => ({ then: () => boom('then') }) as unknown as string],
  ])('a provider that %s at a login, at a reload and when restoring', async (_, answer) => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    let isFaulty = true;
    const tokenProvider = (user: User) => (isFaulty ? answer() : server.createToken(user.id));
    const client = create({ userRepository, tokenProvider });
    expect(await client.connectUser(alice)).toMatchObject({ success: false });
    await until(client, ({ state }) => state === 'loggedOut');
    isFaulty = false;
    await client.connectUser(alice).orThrow();
    await expect.poll(() => userRepository.getCurrentUser()).toEqual(alice);
    isFaulty = true;
    server.faults.cause({ type: 'sendError', code: 40 });
    await until(client, 'waiting');
    isFaulty = false;
    await until(client, 'online');
    await client.dispose();

    isFaulty = true;
    const next = create({ userRepository, tokenProvider });
    expect(await next.restore()).toEqual({ success: true, value: alice });
    await until(next, 'waiting');
    isFaulty = false;
    await until(next, 'online');
    expect(await userRepository.getCurrentUser()).toEqual(alice);
  });

  it.each<[string, new (url: string) => never, string]>([
    [
      'throws a SecurityError',
      class {
        constructor() {
          throw new DOMException('insecure', 'SecurityError');
        }
      } as never,
      'connectionRefused',
    ],
    [
      'throws a SyntaxError',
      class {
        constructor() {
          throw new SyntaxError('bad URL');
        }
      } as never,
      'protocolFailed',
    ],
  ])('a WebSocket class that %s makes paced attempts, and a logout ends them', async (_, WebSocket, code) => {
    const { server, client: create } = await startWorld();
    const client = create({ WebSocket });
    const connecting = client.connectUser(alice, undefined, { timeoutMs: 30_000 });
    await until(client, ({ failedAttempts }) => failedAttempts === 3);
    expect(client.getSnapshot().error).toMatchObject({ code });
    expect(await client.disconnect()).toMatchObject({ success: true });
    expect(await connecting).toMatchObject({ success: false, error: { code: 'loggedOut' } });
    expect(server.counts().opened).toBe(0);
  });
});

describe('law 11: what connect() of a protocol returns and no class opens', () => {
  it.each<[string, Partial<ReturnType<Protocol['connect']>>]>([
    ['an address with a fragment', { url: 'ws://127.0.0.1/socket#token' }],
    ['an address without a scheme', { url: '/socket' }],
    ['a subprotocol that is no word of HTTP', { subprotocols: ['bearer', 'abc/def=='] }],
    ['a subprotocol that is there twice', { subprotocols: ['chat', 'chat'] }],
  ])('is a fault of the protocol: %s', async (_, wrong) => {
    const { server, client: create } = await startWorld();
    const base = streamChat({ apiKey: server.apiKey, baseUrl: server.url });
    const protocol = { ...base, connect: (login: Login) => ({ ...base.connect(login), ...wrong }) };
    const client = create({ protocol });
    const connecting = client.connectUser(alice);
    const { error } = await until(client, ({ failedAttempts }) => failedAttempts === 1);
    expect(error).toMatchObject({ code: 'protocolFailed', message: expect.stringContaining('connect() of the') });
    await client.disconnect();
    expect(await connecting).toMatchObject({ success: false });
  });
});

describe('law 11: a WebSocket class whose methods are async and reject', () => {
  it('ends no process: the session pings, reconnects and logs out', async () => {
    // Native plugins send by a bridge, and reject for a socket that is gone.
    class Bridged extends WebSocket {
      override send(data: never): never {
        super.send(data);
        return rejects();
      }
      override close(code?: number): never {
        super.close(code);
        return rejects();
      }
      override terminate(): never {
        super.terminate();
        return rejects();
      }
    }
    const { server, client: create } = await startWorld({}, { pingIntervalMs: 30, closeTimeoutMs: 50 });
    const client = create({ WebSocket: Bridged });
    await client.connectUser(alice).orThrow();
    await expect.poll(() => server.connects().at(-1)?.framesReceived).toBeGreaterThan(1);
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    await until(client, 'online');
    server.faults.cause({ type: 'ignoreClose' });
    await client.disconnect().orThrow();
    await client.dispose();
    await server.until(() => server.counts().openNow === 0);
  });
});

describe('law 11: what throws while a client starts', () => {
  const thrower = () => {
    throw new Error('a fault in the app');
  };

  it('in a repository that cannot say whose it is, does not stop the start', async () => {
    const { client: create } = await startWorld();
    const diagnostics: Diagnostic[] = [];
    const repository = Object.defineProperty(memoryRepository(), 'apiKey', { get: thrower });
    const client = create({ userRepository: repository, onDiagnostic: (diagnostic) => diagnostics.push(diagnostic) });
    await client.connectUser(alice).orThrow();
    await client.disconnect().orThrow();
    expect(diagnostics).toMatchObject([{ source: 'repository' }]);
  });

  it('in a console that is watched, does not stop the start, nor does it end the process', async () => {
    const { client: create } = await startWorld();
    const warn = vi.spyOn(console, 'warn').mockImplementation(thrower);
    const userRepository = Object.assign(memoryRepository(), { apiKey: 'of another app' });
    const client = create({ userRepository, warnings: true });
    await client.connectUser(alice).orThrow();
    void client.connectUser({ id: '' });
    await client.disconnect().orThrow();
    await expect.poll(() => warn.mock.calls.length).toBe(2);
    warn.mockRestore();
  });
});

it('law 11: a subscriber cannot change what the others see', async () => {
  const { client: create } = await startWorld();
  const client = create();
  const seen: string[] = [];
  client.subscribe((snapshot) => {
    Object.assign(snapshot, { status: 'spoilt' });
  });
  client.subscribe((snapshot) => {
    Object.assign(snapshot.can, { retryNow: 'spoilt' });
  });
  client.subscribe((snapshot) => seen.push(JSON.stringify(snapshot)));
  for (const part of [client.getSnapshot(), client.getSnapshot().can]) expect(Object.isFrozen(part)).toBe(true);
  await client.connectUser(alice).orThrow();
  for (const part of [client.getSnapshot(), client.getSnapshot().can]) expect(Object.isFrozen(part)).toBe(true);
  await client.dispose();
  for (const part of [client.getSnapshot(), client.getSnapshot().can]) expect(Object.isFrozen(part)).toBe(true);
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.filter((text) => text.includes('spoilt'))).toEqual([]);
});
