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
  backend.push({ type: 'note', text: 'x'.repeat(50_000) });
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

describe('the mistake of a protocol is named by its member', () => {
  const HELLO = { kind: 'hello', userId: 'alice' };
  const decoding = (frame: unknown) => withConnection({ decode: () => frame });
  const refusing = (verdict: unknown) => decoding({ kind: 'error', verdict });

  it.each<[mistake: string, protocol: unknown]>([
    ['connect() of the protocol plain failed: it returned undefined, not an object', { ...good, connect: () => {} }],
    ['it returned undefined as url, not a string', withConnection({ url: undefined })],
    ['it returned an object as url, not a string', withConnection({ url: new URL('wss://backend.test') })],
    ['it returned undefined as decode, not a function', withConnection({ decode: undefined })],
    ['it returned a string as subprotocols, not an array of strings', withConnection({ subprotocols: 'chat' })],
    ['it returned an array as subprotocols, not an array of', withConnection({ subprotocols: ['chat', undefined] })],
    ['it returned an array as headers, not an object of strings', withConnection({ headers: [['a', 'b']] })],
    ['it returned an object as headers, not an object of', withConnection({ headers: { authorization: undefined } })],
    ['it returned a string as firstFrames, not an array', withConnection({ firstFrames: 'x' })],
    [
      'firstFrames of the protocol plain failed: it returned an object, not a string',
      withConnection({ firstFrames: [{}] }),
    ],
    ['it returned a string as ping, not a function', withConnection({ ping: 'ping' })],
    ['it returned a boolean as encode, not a function', withConnection({ encode: true })],
    ['decode() of the protocol plain failed: it returned undefined, not an object', decoding(undefined)],
    ['it returned a string as kind, not hello, heartbeat, ping, error, event or bad', decoding({ kind: 'message' })],
    ['it returned a string as kind', decoding({ kind: 'constructor' })],
    ['it returned a number as userId, not a string that is not empty', decoding({ ...HELLO, userId: 5 })],
    ['it returned a string as connectionId, not 1 to 512', decoding({ ...HELLO, connectionId: '' })],
    ['it returned a number as pingIntervalMs, not at least 1000', decoding({ ...HELLO, pingIntervalMs: 20 })],
    ['it returned a string as serverTimeMs, not a finite number', decoding({ ...HELLO, serverTimeMs: '7' })],
    ['it returned a string as me, not an object', decoding({ ...HELLO, me: 'alice' })],
    ['me in a hello is not JSON', decoding({ ...HELLO, me: { coins: 10n } })],
    ['it returned undefined as reply, not a string or bytes', decoding({ kind: 'ping' })],
    ['it returned undefined as verdict, not an object', decoding({ kind: 'error', meaning: 'token' })],
    ['it returned a string as verdict, not an object', refusing('token')],
    ['it returned a string as verdict.meaning, not a meaning such as token or lost', refusing({ meaning: 'expired' })],
    ['it returned a string as verdict.code, not a number', refusing({ meaning: 'lost', code: '40' })],
    [
      'it returned a number as verdict.retryAfterMs, not a finite number',
      refusing({ meaning: 'lost', retryAfterMs: NaN }),
    ],
    ['it returned undefined as event, not an object', decoding({ kind: 'event', type: 'note' })],
    ['it returned undefined as event.type, not a string', decoding({ kind: 'event', event: {} })],
    ['it returned undefined as problem, not a string', decoding({ kind: 'bad' })],
    ['it returned a promise, and must return a value', withConnection({ decode: async () => HELLO })],
    ['it returned a string, not an object', { ...good, closed: () => 'lost' }],
    ['it returned undefined as meaning, not a meaning such as', { ...good, closed: () => ({ kind: 'lost' }) }],
  ])('%s', async (mistake, protocol) => {
    const { diagnostics } = await live(protocol);
    const [fault] = diagnostics.filter(({ source }) => source === 'protocol');
    expect(fault?.failure).toMatchObject({ code: 'protocolFailed', message: expect.stringContaining(mistake) });
  });

  it.each<[field: string, members: object]>([
    ['protocol.name', { name: undefined }],
    ['protocol.name', { name: '' }],
    ['protocol.serverPingIntervalMs', { serverPingIntervalMs: '60s' }],
    ['protocol.serverPingIntervalMs', { serverPingIntervalMs: Number.NaN }],
    ['protocol.serverPingIntervalMs', { serverPingIntervalMs: 60 }],
    ['protocol.checkToken', { checkToken: 'x' }],
    ['protocol.closed', { closed: 'x' }],
    ['protocol.refused', { refused: {} }],
    ['protocol.http', { http: {} }],
    ['protocol.http', { http: { address: () => ({}) } }],
    ['protocol.http', { http: { address: () => ({}), reserved: [7] } }],
    ['protocol.guests', { guests: { create: () => ({}) } }],
    ['protocol.anonymous', { anonymous: 'yes' }],
  ])('%s before it is used', (field, members) => {
    const create = () => createProtocolClient({ protocol: { ...good, ...members } as never });
    expect(create).toThrow(expect.objectContaining({ code: 'invalidArgument', field }));
  });
});

it.each(['connectUser', 'connectGuestUser'] as const)(
  'a protocol may be a class: each member is called as its method by %s',
  async (call) => {
    const backend = new Backend(null, SERVER);
    class Mine {
      readonly name = 'mine';
      readonly #good = good;
      readonly guests = {
        create: () => ({ url: 'https://backend.test/guests', headers: {}, body: {} }),
        read: () => ({ user: { id: 'visitor' }, token: backend.issue('visitor') }),
      };
      checkToken() {
        return { expiresAtMs: this.#good === good ? null : 0, issuedAtMs: null };
      }
      connect(login: Login) {
        return this.#good.connect(login);
      }
    }
    const fetch = async () => new Response('{}');
    const client = createProtocolClient({ ...backend.options(), fetch, guests, protocol: new Mine() });
    const login = client[call]({ id: 'visitor' });
    await backend.clock.advance(1_000);
    expect(await login).toMatchObject({ success: true });
    await client.dispose();
  },
);

describe('law 11: what checkToken() throws or returns wrongly is a fault of the protocol, not of the provider', () => {
  it.each<[message: string, checkToken: unknown]>([
    [
      'checkToken() of the protocol failed: cannot read properties of undefined',
      () => {
        throw new TypeError('cannot read properties of undefined');
      },
    ],
    ['checkToken() of the protocol failed: it returned a boolean, not times or a sentence', () => true],
    ['checkToken() of the protocol failed: it returned a promise, and must return a value', async () => ({})],
  ])('%s', async (message, checkToken) => {
    for (const stored of [null, { id: 'alice' }]) {
      const backend = new Backend(stored, SERVER);
      const protocol = { ...good, checkToken } as Protocol<object>;
      const client = createProtocolClient({ ...backend.options(), protocol });
      const settled = (stored === null ? client.connectUser({ id: 'alice' }) : client.restore()).then(() => {});
      await backend.clock.advance(35_000);
      await settled;
      const { status, error } = client.getSnapshot();
      expect(status).toBe(stored === null ? 'loggedOut' : 'waiting');
      expect(error).toMatchObject({ code: 'protocolFailed', message });
      expect(message.endsWith(String(Reflect.get(Object(error?.cause), 'message')))).toBe(true);
      expect(error?.remedy).toContain('Correct the protocol');
      const sources = backend.diagnostics.map(({ source, failure }) => `${source} ${failure.code}`);
      expect(new Set(sources)).toEqual(new Set(['protocol protocolFailed']));
      expect(backend.stored).toEqual(stored);
      await client.dispose();
    }
  });

  it('of a token that is refreshed is reported as one too, and keeps the connection', async () => {
    const backend = new Backend(null, SERVER);
    let checks = 0;
    const checkToken = () => {
      checks += 1;
      if (checks > 1) throw new Error('no');
      return { expiresAtMs: backend.clock.now() + 600_000, issuedAtMs: backend.clock.now() };
    };
    const client = createProtocolClient({
      ...backend.options(),
      protocol: { ...good, checkToken } as Protocol<object>,
    });
    void client.connectUser({ id: 'alice' });
    await backend.clock.advance(595_000);
    expect(client.getSnapshot().status).toBe('online');
    expect(backend.diagnostics.map(({ source, failure }) => `${source} ${failure.code}`)).toContain(
      'protocol protocolFailed',
    );
    await client.dispose();
  });
});

describe('law 11: what the members for HTTP throw or return wrongly is a fault of the protocol', () => {
  const http = (address: unknown) => ({ ...good, http: { reserved: [], address } });
  const address = { url: 'https://backend.test/guests', headers: {} };
  const guestsBy = (members: object) => ({
    ...good,
    guests: { create: () => ({ ...address, body: {} }), read: () => undefined, ...members },
  });
  const throws = () => {
    throw new Error('cannot read properties of undefined');
  };

  async function failureOf(protocol: unknown, call: 'connectGuestUser' | 'request') {
    const backend = new Backend(null, SERVER);
    const fetch = async () => new Response('{}');
    const given = protocol as typeof good & Required<Pick<Protocol<object>, 'guests' | 'http'>>;
    const client = createProtocolClient({ ...backend.options(), fetch, requests, guests, protocol: given });
    if (call === 'request') {
      void client.connectUser({ id: 'alice' });
      await backend.clock.advance(100);
    }
    const result = call === 'request' ? client.request('/x') : client.connectGuestUser({ id: 'visitor' });
    await backend.clock.advance(1_000);
    const settled = await result;
    await client.dispose();
    return settled.success ? null : settled.error;
  }

  it.each<[message: string, protocol: unknown, call: 'connectGuestUser' | 'request']>([
    ['http.address() of the protocol plain failed: cannot read properties of undefined', http(throws), 'request'],
    ['http.address() of the protocol plain failed: it returned undefined, not an object', http(() => {}), 'request'],
    ['it returned an object as url, not a string', http(() => ({ url: new URL(address.url), headers: {} })), 'request'],
    ['it returned undefined as headers, not an object', http(() => ({ url: address.url })), 'request'],
    ['it returned a promise, and must return a value', http(async () => address), 'request'],
    ['guests.create() of the protocol plain failed: cannot', guestsBy({ create: throws }), 'connectGuestUser'],
    ['it returned a promise', guestsBy({ create: async () => address }), 'connectGuestUser'],
    ['it returned undefined as url', guestsBy({ create: () => ({ body: {} }) }), 'connectGuestUser'],
    [
      'guests.create() of the protocol plain failed',
      guestsBy({ create: () => ({ ...address, body: { coins: 1n } }) }),
      'connectGuestUser',
    ],
    ['guests.read() of the protocol plain failed: cannot', guestsBy({ read: throws }), 'connectGuestUser'],
    ['it returned a promise', guestsBy({ read: async () => undefined }), 'connectGuestUser'],
    ['it returned a string, not an object', guestsBy({ read: () => 'guest' }), 'connectGuestUser'],
  ])('%s', async (message, protocol, call) => {
    const error = await failureOf(protocol, call);
    expect(error).toMatchObject({ code: 'protocolFailed', message: expect.stringContaining(message) });
  });

  it('and a response without a guest is the server’s', async () => {
    expect(await failureOf(guestsBy({}), 'connectGuestUser')).toMatchObject({ code: 'tokenUnavailable' });
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
