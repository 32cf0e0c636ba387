import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProtocolClient, guests, type Login, type Protocol, requests } from '../../../src/index.ts';
import { Backend, type BackendServer } from '../../../src/testing/index.ts';
import { FAULTS, good, guestsOf, MEMBERS, NASTY, PARTS, withConnection } from '../../kit/bad-protocols.ts';

/*
 * Law 11 for the app's protocol: whatever each of its members does, every call settles, what is wrong is reported by a
 * typed diagnostic, the process lives, and a client that is disposed leaves nothing behind.
 */

const SERVER: BackendServer = {
  readToken: (data) => (typeof data === 'string' ? (JSON.parse(data).token ?? null) : null),
  hello: (user, connection) => JSON.stringify({ type: 'welcome', user, connection }),
  error: () => '{"type":"refused","reason":"ERR_JWT_EXPIRED"}',
  reply: (data) => (data === '{"type":"ping"}' ? '{"type":"pong"}' : null),
};

const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);
beforeAll(() => {
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
});

/** A login, a message, a request, a guest, a lost connection and an idle time; returns what became of it. */
async function live(protocol: unknown) {
  const backend = new Backend(null, SERVER);
  const { clock } = backend;
  const client = createProtocolClient({
    ...backend.options(),
    requests,
    guests,
    fetch: async (input) => new Response('{}', { status: String(input).includes('fails') ? 500 : 200 }),
    protocol: protocol as Protocol<object>,
  });
  const settled: boolean[] = [];
  const settle = async (call: { enqueue(listener: (result: unknown) => void): unknown }) => {
    let isSettled = false;
    call.enqueue(() => {
      isSettled = true;
    });
    await clock.advance(60_000);
    settled.push(isSettled);
  };
  const { connectGuestUser, request } = client as unknown as Record<string, (...input: unknown[]) => never>;
  await settle(client.connectUser({ id: 'alice', wallet: { coins: 9 } }));
  backend.push({ type: 'note', text: 'x'.repeat(1_000_000) });
  await settle(client.send({ type: 'note', text: 'Hello' }));
  await settle((request as NonNullable<typeof request>)('/x'));
  backend.closeSockets(4001);
  await clock.advance(60_000);
  const attempts = backend.requests.length + backend.log.filter(({ type }) => type === 'opened').length;
  await settle(client.disconnect());
  await settle((connectGuestUser as NonNullable<typeof connectGuestUser>)({ id: 'visitor' }));
  await client.dispose();
  await new Promise((resolve) => setImmediate(resolve));
  const { openNow, clientTimers, listeners } = backend;
  const internal = backend.diagnostics.filter(({ failure }) => failure.code === 'internal');
  return { settled, attempts, left: { openNow, clientTimers, listeners }, internal, diagnostics: backend.diagnostics };
}

async function expectNoLawBroken(protocol: unknown) {
  uncaught.length = 0;
  const { settled, attempts, left, internal, diagnostics } = await live(protocol);
  expect({ settled, left, internal, uncaught }).toEqual({
    settled: [true, true, true, true, true],
    left: { openNow: 0, clientTimers: 0, listeners: 0 },
    internal: [],
    uncaught: [],
  });
  expect(attempts, 'no hot loop (law 8)').toBeLessThan(60);
  return diagnostics;
}

describe.each(Object.entries(MEMBERS))('a protocol whose %s', (_, put) => {
  it.each(Object.entries(FAULTS))('%s breaks no law', async (_, member) => {
    await expectNoLawBroken(put(member));
  });
});

describe('a protocol with', () => {
  it.each(PARTS)('%s breaks no law, and is reported', async (_, parts) => {
    const diagnostics = await expectNoLawBroken(withConnection(parts));
    expect(diagnostics.length).toBeGreaterThan(0);
  });
});

describe('a protocol that', () => {
  it.each(NASTY)('%s breaks no law', async (_, protocol) => {
    await expectNoLawBroken(protocol);
  });
});

it('a protocol whose connect() is async is reported as that', async () => {
  const connect = async (login: never) => good.connect(login);
  const diagnostics = await expectNoLawBroken({ ...good, connect });
  expect(diagnostics.map(({ failure }) => failure.message)).toContainEqual(expect.stringContaining('promise'));
});

it('a protocol whose description of the user is no JSON is reported as that', async () => {
  const decode = () => ({ kind: 'hello', userId: 'alice', me: { id: 'alice', coins: 10n } });
  const diagnostics = await expectNoLawBroken(withConnection({ decode }));
  expect(diagnostics.map(({ failure }) => failure.message)).toContainEqual(expect.stringContaining('not JSON'));
});

it('law 11: what a protocol holds of a user it cannot change later, and neither can the app', async () => {
  const backend = new Backend(null, {
    ...SERVER,
    readToken: (data) => (typeof data === 'string' ? JSON.parse(data).token : null),
  });
  const [user, me] = [
    { id: 'guest', tags: ['new'] },
    { id: 'guest', unread: [1] },
  ];
  const protocol = {
    ...guestsOf(user),
    checkToken: undefined,
    connect: (login: Login) => ({ ...good.connect(login), decode: () => ({ kind: 'hello', connectionId: 'c1', me }) }),
  } as unknown as ReturnType<typeof guestsOf>;
  const fetch = async () => new Response('{}');
  const client = createProtocolClient({ ...backend.options(), protocol, guests, fetch });
  const login = client.connectGuestUser({ id: 'visitor' });
  await backend.clock.advance(100);
  const { value } = (await login) as unknown as { value: { me: typeof me } };
  user.tags.push('changed');
  me.unread.push(2);
  expect(() => value.me.unread.push(3)).toThrow(TypeError);
  expect(client.getSnapshot()).toMatchObject({ user: { tags: ['new'] }, me: { unread: [1] } });
  await client.dispose();
});
