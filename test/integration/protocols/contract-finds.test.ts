import { describe, expect, it, onTestFinished, test } from 'vitest';
import { streamChat } from '../../../src/index.ts';
import type {
  Frame,
  HttpCall,
  Login,
  Protocol,
  ProtocolConnection,
  ProtocolGuests,
  ProtocolHttp,
  WireData,
} from '../../../src/protocol/protocol.ts';
import { type ProtocolUnderTest, protocolContract } from '../../../src/testing/protocol-contract.ts';
import { FAULTS, good, MEMBERS, NASTY, PARTS, withConnection } from '../../kit/bad-protocols.ts';

const part = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, '');
const tokenOf = (payload: object) => `${part({ alg: 'HS256' })}.${part(payload)}.c2ln`;

const PLAIN: ProtocolUnderTest = {
  protocol: good,
  token: tokenOf({ sub: 'alice', n: 1 }),
  nextToken: tokenOf({ sub: 'alice', n: 2 }),
  hello: ['{"type":"welcome","user":"alice","connection":"c1","time":1}'],
  events: ['{"type":"note","user":"bob","text":"Hello"}'],
  sends: [{ type: 'note', text: 'Hello' }],
};

protocolContract(
  () => ({
    protocol: streamChat({ apiKey: 'key' }),
    token: tokenOf({ user_id: 'alice', n: 1 }),
    nextToken: tokenOf({ user_id: 'alice', n: 2 }),
    hello: [
      '{"type":"health.check","connection_id":"c1","cid":"*","created_at":"2030-01-01T00:00:00Z","me":{"id":"alice","role":"user"}}',
    ],
    events: ['{"type":"message.new","cid":"messaging:general"}'],
    errors: [
      ['{"error":{"code":40,"message":"expired","StatusCode":401}}', 'tokenExpired'],
      ['{"error":{"code":2,"message":"no such key","StatusCode":401}}', 'app'],
    ],
  }),
  { describe, test },
  'the default protocol',
);

type Tests = ReadonlyMap<string, () => Promise<void>>;

function testsOf(subject: ProtocolUnderTest): Tests {
  const tests = new Map<string, () => Promise<void>>();
  protocolContract(() => subject, { describe: (_, body) => body(), test: (name, body) => tests.set(name, body) });
  return tests;
}

/** The first test that a protocol fails; `null` for a good one. */
async function failureOf(subject: ProtocolUnderTest): Promise<string | null> {
  for (const [name, body] of testsOf(subject)) {
    const isGood = await body().then(
      () => true,
      () => false,
    );
    if (!isGood) return name;
  }
  return null;
}

describe('a token is sent as well', () => {
  const base64 = (text: string) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

  it.each<[string, (token: string) => Partial<ProtocolConnection<object>>]>([
    ['in a URL with a % of its own', (token) => ({ url: `wss://backend.test/?share=100%&token=${token}` })],
    ['escaped in a URL', (token) => ({ url: `wss://backend.test/?key=${encodeURIComponent(`"${token}"`)}` })],
    ['in base64, in a subprotocol', (token) => ({ subprotocols: ['events', `bearer.${base64(token)}`] })],
    ['in JSON in base64, in a subprotocol', (token) => ({ subprotocols: [`header-${base64(`{"auth":"${token}"}`)}`] })],
  ])('%s', async (_, connection) => {
    const connect = (login: Login) => ({ ...good.connect(login), firstFrames: [], ...connection(String(login.token)) });
    expect(await failureOf({ ...PLAIN, protocol: { ...good, connect } as Protocol<never> })).toBeNull();
    const forgetful = { ...good, connect: (login: Login) => connect({ ...login, token: PLAIN.token }) };
    expect(await failureOf({ ...PLAIN, protocol: forgetful as Protocol<never> })).toBe(TOKEN);
  });
});

/** What is as good as leaving the member out, or a promise of it. */
const HARMLESS = ['returns nothing'];

const decoding = (decode: (data: WireData, frame: Frame) => unknown) => {
  const { decode: goodDecode } = good.connect({} as Login);
  return { protocol: withConnection({ decode: (data: WireData) => decode(data, goodDecode(data) as Frame) }) as never };
};

const calls = (changes: Partial<ProtocolHttp>) => {
  const address = ({ path, headers, token }: HttpCall) => ({
    url: `https://backend.test${path}`,
    headers: { ...headers, authorization: String(token) },
  });
  return { protocol: { ...good, http: { reserved: ['authorization'], address, ...changes } } as Protocol<never> };
};

const guests = (changes: Partial<ProtocolGuests>) => {
  const create = () => ({ url: 'https://backend.test', headers: {}, body: {} });
  return { protocol: { ...good, guests: { create, read: () => undefined, ...changes } } as Protocol<never> };
};

const HELLO = 'takes the hello of its server for a hello, and for this user';
const GARBAGE = 'returns frames for anything that arrives, and mistakes none of it for a hello (law 10)';
const TOKEN = 'sends the token that it is given, at every attempt (law 4)';
const MEANINGS = 'takes events for events, and errors for what they mean';
const JUDGES = 'judges every close and every refusal, and no outage logs a user out (laws 7, 8)';
const CHECKS = 'accepts its tokens, and names a mistake without the token in it (law 9)';
const GUESTS = 'judges every HTTP status, and makes no guest of nonsense';
const CALLS = 'addresses HTTP calls with what the session sets, whatever the app gives';

/** What each test of the contract is there for: a protocol that does all but one thing as it should. */
const BREACHES: readonly (readonly [promise: string, breach: string, () => Partial<ProtocolUnderTest>])[] = [
  [TOKEN, 'sends no token', () => ({ protocol: withConnection({ firstFrames: [] }) as never })],
  [
    TOKEN,
    'keeps the first token',
    () => {
      let first: string | null = null;
      const connect = (login: Login) => {
        first ??= login.token;
        return good.connect({ ...login, token: first });
      };
      return { protocol: { ...good, connect } as Protocol<never> };
    },
  ],
  [HELLO, 'finds no hello', () => decoding((_, frame) => (frame.kind === 'hello' ? { kind: 'heartbeat' } : frame))],
  [HELLO, 'takes one for another user', () => decoding((_, frame) => ({ ...frame, userId: 'bob' }))],
  [HELLO, 'has an error with it', () => ({ hello: [...PLAIN.hello, '{"type":"refused"}'] })],
  [MEANINGS, 'takes an event for a heartbeat', () => decoding(() => ({ kind: 'heartbeat' }))],
  [MEANINGS, 'takes an error for another', () => ({ errors: [['{"type":"refused","reason":"banned"}', 'token']] })],
  [GARBAGE, 'takes it for a hello', () => decoding((data, frame) => (data === '{}' ? { kind: 'hello' } : frame))],
  [
    GARBAGE,
    'has one that changes prototypes',
    () => {
      onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'polluted'));
      return decoding((data, frame) => {
        if (String(data).includes('__proto__')) Object.assign(Object.prototype, JSON.parse('{"polluted":true}'));
        return frame;
      });
    },
  ],
  [
    'does not quote what it cannot understand (law 9)',
    'quotes it',
    () => decoding((data) => ({ kind: 'bad', problem: `what is ${data}?` })),
  ],
  [
    'keeps attempts apart',
    'is greeted once',
    () => {
      let hellos = 0;
      return decoding((_, frame) => {
        hellos += frame.kind === 'hello' ? 1 : 0;
        return hellos > 1 ? { kind: 'heartbeat' } : frame;
      });
    },
  ],
  [
    'pings as often as it is asked to, and does not reply to its own replies',
    'replies to its replies',
    () => decoding((data) => ({ kind: 'ping', reply: data })),
  ],
  [
    JUDGES,
    'ends at a gateway that is gone',
    () => ({ protocol: { ...good, refused: ({ status }) => (status === 503 ? { meaning: 'user' } : undefined) } }),
  ],
  [
    JUDGES,
    'ends where the network breaks off',
    () => ({ protocol: { ...good, closed: () => ({ meaning: 'ended' }) } }),
  ],
  [CHECKS, 'refuses a good one', () => ({ protocol: { ...good, checkToken: () => 'it is none' } })],
  [
    CHECKS,
    'quotes a bad one',
    () => ({
      protocol: {
        ...good,
        checkToken: (token, user) => (typeof good.checkToken?.(token, user) === 'string' ? `no: ${token}` : NO_TIMES),
      },
    }),
  ],
  [GUESTS, 'has no address of HTTP', () => guests({ create: () => ({ url: 'wss://x', headers: {}, body: {} }) })],
  [GUESTS, 'makes a guest of nothing', () => guests({ read: () => ({ user: { id: 'guest' }, token: 'token' }) })],
  [CALLS, 'has no address of HTTP', () => calls({ address: () => ({ url: 'wss://backend.test', headers: {} }) })],
  [
    CALLS,
    'lets the app’s header win',
    () =>
      calls({
        address: ({ headers, token }) => ({
          url: 'https://backend.test',
          headers: { authorization: String(token), ...headers },
        }),
      }),
  ],
  [
    CALLS,
    'lets the app’s parameter win',
    () =>
      calls({
        reserved: ['user'],
        address: ({ query, userId }) => ({
          url: `https://backend.test?${new URLSearchParams({ user: userId, ...query })}`,
          headers: {},
        }),
      }),
  ],
];

const isPermanent = (status: number) => (status === 403 ? ({ meaning: 'app' } as const) : undefined);

const NO_TIMES = { expiresAtMs: null, issuedAtMs: null };

describe('the contract for protocols', () => {
  it('has nothing against a good one', async () => {
    expect(await failureOf(PLAIN)).toBeNull();
    const more = { url: 'ws://backend.test', headers: { 'X-Client': 'one, two' }, subprotocols: ['v1.plain', 'v2'] };
    expect(await failureOf({ ...PLAIN, protocol: withConnection(more) as never })).toBeNull();
    const final = { closed: () => undefined, refused: ({ status }: { status: number }) => isPermanent(status) };
    expect(await failureOf({ ...PLAIN, protocol: { ...good, ...final } as Protocol<never> })).toBeNull();
  });

  describe.each(Object.entries(MEMBERS))('finds one whose %s', (member, put) => {
    const mayReturnNothing = /closed|refused|readError|read\(/.test(member);
    const faults = Object.entries(FAULTS).filter(([fault]) => !(mayReturnNothing && HARMLESS.includes(fault)));
    it.each(faults)('%s', async (_, fault) => {
      expect(await failureOf({ ...PLAIN, protocol: put(fault) as never })).not.toBeNull();
    });
  });

  it.each(NASTY)('finds one that %s', async (_, protocol) => {
    expect(await failureOf({ ...PLAIN, protocol: protocol as never })).not.toBeNull();
  });

  it.each(PARTS)('finds one with %s', async (_, parts) => {
    expect(await failureOf({ ...PLAIN, protocol: withConnection(parts) as never })).not.toBeNull();
  });

  it.each(BREACHES)('finds, by %j, one that %s', async (promise, _, changes) => {
    await expect(testsOf({ ...PLAIN, ...changes() }).get(promise)?.()).rejects.toThrow('Expected that');
  });
});
