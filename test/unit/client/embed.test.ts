import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createActor, waitFor } from 'xstate';
import { liveSessionMachine } from '../../../src/client/running-chart.ts';
import { createSessionActor, embedSession, type Identity, memoryRepository } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/backend/backend.ts';
import { Device } from '../../../src/testing/backend/device.ts';
import type { DevServer } from '../../../src/tools/devserver/index.ts';
import { QUICK, startWorld } from '../../kit/world.ts';

const identity: Identity = { kind: 'user', id: 'alice', user: { id: 'alice' } };
const connect = {
  type: 'session.connect',
  call: 1,
  identity,
  sourceKey: null,
  online: true,
  foreground: true,
} as const;

const optionsFor = ({ apiKey, url }: DevServer) => ({ apiKey, baseUrl: url, WebSocket, timing: QUICK });

describe('the statechart as an app embeds it', () => {
  it('createSessionActor: one line, with the real actors', async () => {
    const { server, provider } = await startWorld();
    const actor = createSessionActor({
      ...optionsFor(server),
      tokenProvider: provider(),
    });
    onTestFinished(() => void actor.stop());
    const heard: string[] = [];
    actor.onChatEvent('message.new', ({ type }) => heard.push(type));
    actor.start();
    actor.send(connect);
    await server.until(() => server.counts('alice').hellos === 1);
    await expect.poll(() => actor.getSnapshot().hasTag('online')).toBe(true);
    server.push({ type: 'message.new' }, 'alice');
    await expect.poll(() => heard).toEqual(['message.new']);

    // Law 10: commands only.
    actor.send({ type: 'socket.lost', attempt: actor.getSnapshot().context.attempt } as never);
    expect(actor.getSnapshot().hasTag('online')).toBe(true);

    actor.send({ type: 'session.disconnect', forgetUser: true });
    await expect.poll(() => actor.getSnapshot().matches('loggedOut')).toBe(true);
    await server.until(() => server.counts().openNow === 0);
  });

  it('createSessionActor: reports what goes wrong with tokens, server and network', async () => {
    const { server, provider } = await startWorld();
    const reported: string[] = [];
    const actor = createSessionActor({
      ...optionsFor(server),
      tokenProvider: provider(),
      onDiagnostic: ({ source, failure }) => reported.push(`${source} ${failure.code}`),
    });
    onTestFinished(() => void actor.stop());
    actor.start();
    actor.send(connect);
    await waitFor(actor, (snapshot) => snapshot.hasTag('online'), { timeout: 60_000 });
    server.faults.cause({ type: 'dropSockets' });
    await waitFor(actor, (snapshot) => !snapshot.hasTag('online'), { timeout: 60_000 });
    expect(reported).toEqual(['network connectionLost']);
  });

  it('embedSession: the machine for createActor, with a token of the moment by its key', async () => {
    const { server } = await startWorld();
    const { machine, input, tokenSources } = embedSession({
      ...optionsFor(server),
    });
    const actor = createActor(machine, { input });
    onTestFinished(() => void actor.stop());
    actor.start();
    actor.send({ ...connect, sourceKey: tokenSources.put(await server.createToken('alice')) });
    await waitFor(actor, (snapshot) => snapshot.hasTag('online'), { timeout: 60_000 });
    expect(server.counts('alice')).toMatchObject({ opened: 1, openNow: 1 });
    actor.stop();
    await server.until(() => server.counts().openNow === 0);
  });

  it('law 10: a persisted snapshot is never resumed as connected', async () => {
    const { server, provider } = await startWorld();
    const { machine, input } = embedSession({
      ...optionsFor(server),
      tokenProvider: provider(),
      userRepository: memoryRepository(),
    });
    const first = createActor(machine, { input }).start();
    first.send(connect);
    await waitFor(first, (snapshot) => snapshot.hasTag('online'), { timeout: 60_000 });
    const persisted = JSON.parse(JSON.stringify(first.getPersistedSnapshot()));
    first.stop();
    await server.until(() => server.counts().openNow === 0);

    const second = createActor(machine, { input, snapshot: persisted });
    onTestFinished(() => void second.stop());
    const states: string[] = [];
    second.subscribe(({ value }) => states.push(JSON.stringify(value)));
    second.start();
    expect(second.getSnapshot().matches({ connecting: 'waiting' })).toBe(true);
    expect(states.filter((state) => state.includes('connected'))).toEqual([]);
    await waitFor(second, (snapshot) => snapshot.hasTag('online'), { timeout: 60_000 });
    expect(server.counts('alice')).toMatchObject({ opened: 2, highestOpen: 1 });
  });

  it.each([
    ['suspended', { ...connect, online: true }],
    ['offline', { ...connect, online: false }],
  ] as const)('law 8: one of a session that was %s connects where the device is back', async (state, login) => {
    const { server, provider } = await startWorld();
    const options = { apiKey: server.apiKey, baseUrl: server.url, WebSocket, tokenProvider: provider() };
    const { machine, input } = embedSession({ ...options, timing: { ...QUICK, offlineRetryMs: 600_000 } });
    const first = createActor(machine, { input }).start();
    first.send(login);
    if (state === 'suspended') first.send({ type: 'session.suspend' });
    await waitFor(first, (snapshot) => snapshot.matches({ connecting: state }), { timeout: 60_000 });
    const persisted = JSON.parse(JSON.stringify(first.getPersistedSnapshot()));
    first.stop();

    const second = createActor(machine, { input, snapshot: persisted }).start();
    onTestFinished(() => void second.stop());
    await waitFor(second, (snapshot) => snapshot.hasTag('online'), { timeout: 60_000 });
  });

  /** What is persisted of a session of the user, or of one that is being logged out while another user waits. */
  async function persistedAs(state: 'loggedOut' | 'disconnecting') {
    const backend = new Backend();
    const { machine, input, tokenSources } = embedSession(backend.options());
    const actor = createActor(machine, { input, clock: backend.clock }).start();
    await backend.clock.advance(100);
    actor.send({ ...connect, sourceKey: tokenSources.put(() => backend.issue('alice')) });
    await backend.clock.advance(1_000);
    if (state === 'disconnecting') backend.disk.clear = 'hangs';
    actor.send({ type: 'session.disconnect', forgetUser: true });
    await backend.clock.advance(state === 'loggedOut' ? 5_000 : 10);
    const bob: Identity = { kind: 'user', id: 'bob', user: { id: 'bob' } };
    if (state === 'disconnecting') {
      actor.send({ ...connect, call: 2, identity: bob, sourceKey: tokenSources.put(() => backend.issue('bob')) });
    }
    expect(JSON.stringify(actor.getSnapshot().value)).toContain(state);
    const persisted = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
    actor.stop();
    return persisted;
  }

  it('law 6: one of a session that was logged out logs no one in', async () => {
    const backend = new Backend();
    const { machine, input } = embedSession(backend.options());
    const snapshot = await persistedAs('loggedOut');
    const actor = createActor(machine, { input, snapshot, clock: backend.clock }).start();
    await backend.clock.advance(60_000);
    expect(actor.getSnapshot().value).toBe('loggedOut');
    expect(backend.requests).toEqual([]);
    actor.stop();
  });

  it('law 4: a user who waited for the end of a session asks no token source of another user', async () => {
    const backend = new Backend({ id: 'alice' });
    const { machine, input, tokenSources } = embedSession(backend.options());
    const others = [vi.fn(() => backend.issue('alice')), vi.fn(() => backend.issue('carol'))];
    for (const source of others) tokenSources.put(source);
    const snapshot = await persistedAs('disconnecting');
    const actor = createActor(machine, { input, snapshot, clock: backend.clock }).start();
    await backend.clock.advance(10_000);
    expect(actor.getSnapshot().hasTag('online')).toBe(true);
    expect(backend.requests.map(({ userId }) => userId)).toEqual(['bob']);
    for (const source of others) expect(source).not.toHaveBeenCalled();
    actor.stop();
  });

  it('an older xstate of the app is named, with the version that it needs', () => {
    const { machine, input } = embedSession({ apiKey: 'key', WebSocket });
    const olderScope = { system: {}, emit: () => {} } as never;
    const expected = { code: 'invalidArgument', field: 'xstate', message: expect.stringContaining('older than 5.19') };
    expect(() => machine.getInitialSnapshot(olderScope, input)).toThrow(expect.objectContaining(expected));
    expect(() => machine.restoreSnapshot({} as never, olderScope)).toThrow(expect.objectContaining(expected));
  });

  it('law 11: an environment that throws is reported, and taken for a good one', () => {
    const reported: string[] = [];
    const { input } = embedSession({
      apiKey: 'key',
      WebSocket,
      environment: {
        read: () => {
          throw new Error('no such API');
        },
        subscribe: () => () => {},
      },
      onDiagnostic: ({ source }) => reported.push(source),
    });
    expect(input).toMatchObject({ online: true, foreground: true });
    expect(reported).toEqual(['environment']);
  });

  it('a session that is resumed in a new process gets its tokens from the configured source', async () => {
    const { server, provider } = await startWorld();
    const options = { apiKey: server.apiKey, baseUrl: server.url, WebSocket, timing: QUICK };
    const first = embedSession(options);
    const before = createActor(first.machine, { input: first.input }).start();
    before.send({ ...connect, sourceKey: first.tokenSources.put(await server.createToken('alice')) });
    await waitFor(before, (snapshot) => snapshot.hasTag('online'), { timeout: 60_000 });
    const persisted = JSON.parse(JSON.stringify(before.getPersistedSnapshot()));
    before.stop();
    await server.until(() => server.counts().openNow === 0);

    const second = embedSession({ ...options, tokenProvider: provider() });
    const after = createActor(second.machine, { input: second.input, snapshot: persisted }).start();
    onTestFinished(() => void after.stop());
    await waitFor(after, (snapshot) => snapshot.hasTag('online'), { timeout: 60_000 });
  });

  it('createSessionActor follows the environment while a session runs, and only then (law 2)', async () => {
    const { server, provider } = await startWorld();
    const environment = new Device();
    const actor = createSessionActor({
      ...optionsFor(server),
      tokenProvider: provider(),
      environment,
    });
    onTestFinished(() => void actor.stop());
    expect(environment.listeners).toBe(0);
    actor.start();
    actor.send({ ...connect, online: false });
    expect(actor.getSnapshot().matches({ connecting: 'offline' })).toBe(true);
    environment.change('online');
    await waitFor(actor, (snapshot) => snapshot.hasTag('online'), { timeout: 60_000 });
    actor.send({ type: 'session.suspend' });
    for (const change of ['frozen', 'thawed'] as const) environment.change(change);
    expect(actor.getSnapshot().matches({ connecting: 'suspended' })).toBe(true);
    actor.send({ type: 'session.resume' });
    await waitFor(actor, (snapshot) => snapshot.hasTag('online'), { timeout: 60_000 });
    expect(environment.listeners).toBe(1);
    actor.send({ type: 'session.disconnect', forgetUser: true });
    await waitFor(actor, (snapshot) => snapshot.hasTag('idle'), { timeout: 60_000 });
    expect(environment.listeners).toBe(0);
    actor.send(connect);
    expect(environment.listeners).toBe(1);
    actor.stop();
    expect(environment.listeners).toBe(0);
  });
});

it('law 8: createSessionActor counts a suspension that a login ends as a part of the wait', async () => {
  const backend = new Backend();
  const actor = createSessionActor(backend.options());
  onTestFinished(() => void actor.stop());
  actor.start();
  actor.send(connect);
  await backend.clock.advance(20_000);
  backend.sendError(9, { retry_after: 200 });
  await backend.clock.advance(100);
  actor.send({ type: 'session.suspend' });
  await backend.clock.advance(600_000);
  actor.send(connect);
  expect(actor.getSnapshot().matches({ connecting: 'waiting' })).toBe(true);
  await backend.clock.advance(1_100);
  expect(actor.getSnapshot().hasTag('online')).toBe(true);
});

const cyclic: { id: string; self?: object } = { id: 'alice' };
cyclic.self = cyclic;
const NO_JSON: readonly [string, object][] = [
  ['a BigInt', { id: 'alice', balance: 10n }],
  ['a cycle', cyclic],
  ['a toJSON() that throws', { id: 'alice', field: { toJSON: () => expect.fail('not for the statechart') } }],
  ['a getter that throws', Object.defineProperty({ id: 'alice' }, 'field', { enumerable: true, get: thrower })],
];

function thrower(): never {
  throw new Error('of the app');
}

describe('a user that is no JSON', () => {
  const connectAs = (user: object) => ({ ...connect, identity: { ...identity, user: user as Identity['user'] } });

  it.each(NO_JSON)('is refused by createSessionActor, and the session goes on: %s', async (_, user) => {
    const backend = new Backend();
    const actor = createSessionActor(backend.options());
    actor.start();
    await backend.clock.advance(10);
    expect(() => actor.send(connectAs(user))).toThrow(expect.objectContaining({ code: 'invalidArgument' }));
    actor.send(connect);
    await backend.clock.advance(100);
    expect(() => actor.send(connectAs(user))).toThrow(expect.objectContaining({ code: 'invalidArgument' }));
    expect(() => actor.send({ ...connect, identity: undefined } as never)).toThrow(/identity/);
    await backend.clock.advance(100);
    expect([actor.getSnapshot().status, actor.getSnapshot().hasTag('online')]).toEqual(['active', true]);
    actor.stop();
  });

  it.each(NO_JSON)('does not stop the statechart of embedSession: %s', async (_, user) => {
    const backend = new Backend();
    const { machine, input } = embedSession(backend.options());
    const actor = createActor(machine, { input, clock: backend.clock }).start();
    await backend.clock.advance(10);
    actor.send(connect);
    await backend.clock.advance(100);
    expect(actor.getSnapshot().hasTag('online')).toBe(true);
    actor.send(connectAs(user));
    await backend.clock.advance(100);
    expect(actor.getSnapshot().status).toBe('active');
    actor.stop();
    await backend.clock.advance(2_000);
    expect([backend.openNow, backend.listeners]).toEqual([0, 0]);
  });
});

describe('what is no command', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a name', 'session.suspend'],
    ['a getter that throws', Object.defineProperty({}, 'type', { enumerable: true, get: thrower })],
    [
      'a member that throws',
      Object.defineProperty({ type: 'session.disconnect' }, 'forgetUser', { enumerable: true, get: thrower }),
    ],
  ])('is refused by createSessionActor, and the session goes on: %s', async (_, command) => {
    const backend = new Backend();
    const actor = createSessionActor(backend.options());
    onTestFinished(() => void actor.stop());
    actor.start();
    actor.send(connect);
    await backend.clock.advance(100);
    const refusal = { code: 'invalidArgument', field: 'command' };
    expect(() => actor.send(command as never)).toThrow(expect.objectContaining(refusal));
    expect([actor.getSnapshot().status, actor.getSnapshot().hasTag('online')]).toEqual(['active', true]);
  });
});

it('law 2: a statechart that fails leaves nothing behind of createSessionActor', async () => {
  const backend = new Backend();
  const actor = createSessionActor(backend.options());
  const delivered: string[] = [];
  actor.onChatEvent('*', ({ type }) => delivered.push(type));
  actor.subscribe({ error: () => {} });
  actor.start();
  await backend.clock.advance(10);
  actor.send(connect);
  await backend.clock.advance(100);
  delivered.length = 0;
  const guards = liveSessionMachine.implementations.guards as Record<string, () => boolean>;
  const broken = vi.spyOn(guards, 'shouldForgetUser').mockImplementation(thrower);
  actor.send({ type: 'session.disconnect', forgetUser: false });
  broken.mockRestore();
  expect(actor.getSnapshot().status).toBe('error');
  backend.push({ type: 'message.new' });
  await backend.clock.advance(2_000);
  expect([backend.openNow, backend.listeners, delivered]).toEqual([0, 0, []]);
});

it('createSessionActor reads the device when it is started', async () => {
  const backend = new Backend({ id: 'alice' });
  backend.change('offline');
  const actor = createSessionActor(backend.options());
  backend.change('online');
  actor.start();
  await backend.clock.advance(100);
  expect(actor.getSnapshot().hasTag('online')).toBe(true);
  actor.stop();

  const away = createSessionActor(new Backend({ id: 'alice' }).options());
  expect(away.getSnapshot().context.device).toMatchObject({ online: true, presence: 'foreground' });
});
