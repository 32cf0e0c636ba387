import { SignJWT } from 'jose';
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet';
import type { WebSocketServer } from 'ws';
import { graphqlWs } from '../../../examples/protocols/graphql-ws/protocol.ts';
import { startGraphQLServer } from '../../../examples/protocols/graphql-ws/server.ts';
import { mqtt } from '../../../examples/protocols/mqtt/protocol.ts';
import { startMqttServer } from '../../../examples/protocols/mqtt/server.ts';
import { plain } from '../../../examples/protocols/plain/protocol.ts';
import { startPlainServer } from '../../../examples/protocols/plain/server.ts';
import type { Protocol, WireData } from '../../../src/index.ts';

/*
 * The real servers behind the proxy, and what each can be made to say.
 */

/** A refusal that a backend may have words for. */
export type Refusal = 'token.refused' | 'token.notValidNow' | 'app.refused' | 'user.refused';

/** Who logged in, and with whose token. */
export interface LoginRead {
  readonly userId: string;
  readonly tokenUserId: string;
  readonly token: string;
}

export interface RealServer {
  readonly server: WebSocketServer;
  createToken(userId: string): Promise<string>;
  readLogin(frames: readonly WireData[]): LoginRead;
  /** The first frames of a login that the server refuses so. */
  refusedLogin(refusal: Refusal, userId: string): Promise<readonly WireData[]>;
}

export interface RealProtocol {
  readonly name: string;
  readonly protocol: (url: string) => Protocol<never>;
  readonly start: () => Promise<RealServer>;
  /** Event cases that it has no means for, each with the reason. */
  readonly lacks: Readonly<Record<string, string>>;
  /** What is said by a close, after which no socket is there any more: by event case, the code. */
  readonly byClose: Readonly<Record<string, number>>;
  /** Refusals for which the proxy closes, since the server says them only while a socket is opened. */
  readonly closedByProxy?: Readonly<Partial<Record<Refusal, number>>>;
}

const NO_GUESTS = 'it has no guests';
const NO_ANONYMOUS = 'it has no users without a token';
const OPAQUE = 'any string may be a token';
const NO_NBF = 'its server does not tell a token of tomorrow from a bad one';

/** What none of the three has. */
const ALL_LACK = {
  'session.connect (guest)': NO_GUESTS,
  'session.connect (anonymous)': NO_ANONYMOUS,
};

/** Servers ask to wait by a close. */
const OVERLOADED = { 'socket.lost (asked to wait)': 1013 };

const SECRET = new TextEncoder().encode('a secret of at least 32 characters');
const LATER = 4_000_000_000;

let issued = 0;

function sign(sub: string, claims: Readonly<Record<string, number>> = {}): Promise<string> {
  issued += 1;
  return new SignJWT({ sub, n: issued, exp: LATER, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(SECRET);
}

const first = (protocol: Protocol<never>, userId: string, token: string): readonly WireData[] =>
  protocol.connect({
    identity: { kind: 'user', id: userId, user: { id: userId } },
    token,
    profile: 'full',
    createId: () => 'refused',
  }).firstFrames ?? [];

export const PLAIN: RealProtocol = {
  name: 'plain JSON',
  protocol: plain,
  lacks: { ...ALL_LACK, 'app.refused': 'it has no words for a mistake of the app' },
  byClose: OVERLOADED,
  start: async () => {
    const server = startPlainServer(0, new TextDecoder().decode(SECRET), (user) => user === BANNED);
    return {
      server,
      createToken: sign,
      readLogin: ([frame]) => {
        const { token } = JSON.parse(String(frame)) as { token: string };
        const { sub } = JSON.parse(atob(token.split('.')[1] ?? '')) as { sub: string };
        return { userId: sub, tokenUserId: sub, token };
      },
      refusedLogin: async (refusal, userId) => {
        const claims = { 'token.refused': { exp: 1 }, 'token.notValidNow': { nbf: LATER - 1 } };
        const isBan = refusal === 'user.refused';
        const token = await sign(isBan ? BANNED : userId, isBan ? {} : claims[refusal as 'token.refused']);
        return first(plain(''), userId, token);
      },
    };
  },
};

const BANNED = 'banned';
const OPAQUE_TOKEN = /^token-of-(?<user>.+)-\d+$/;
const opaqueUser = (token: unknown) => OPAQUE_TOKEN.exec(String(token))?.groups?.user ?? null;

async function createOpaque(userId: string): Promise<string> {
  issued += 1;
  return `token-of-${userId}-${issued}`;
}

export const GRAPHQL_WS: RealProtocol = {
  name: 'graphql-ws',
  protocol: graphqlWs,
  lacks: {
    ...ALL_LACK,
    'token.failed (permanent)': OPAQUE,
    'token.notValidNow': NO_NBF,
    'user.refused': 'it has one code (4403) for a user and a token that it refuses',
  },
  byClose: { ...OVERLOADED, 'token.refused': 4403, 'token.refused (static)': 4403, 'app.refused': 4406 },
  closedByProxy: { 'app.refused': 4406 },
  start: async () => ({
    server: startGraphQLServer(0, opaqueUser),
    createToken: createOpaque,
    readLogin: ([frame]) => {
      const { payload } = JSON.parse(String(frame)) as { payload: { token: string } };
      const userId = opaqueUser(payload.token) ?? '';
      return { userId, tokenUserId: userId, token: payload.token };
    },
    refusedLogin: async (_, userId) => first(graphqlWs(''), userId, 'expired'),
  }),
};

export const MQTT: RealProtocol = {
  name: 'MQTT 5',
  protocol: (url) => mqtt({ url, topics: ['notes/#'] }),
  lacks: {
    ...ALL_LACK,
    'token.failed (permanent)': OPAQUE,
    'token.notValidNow': NO_NBF,
    'user.refused': 'its broker cannot be made to say that a user is banned (0x8a)',
  },
  byClose: OVERLOADED,
  start: async () => {
    const [server] = await startMqttServer(0, {
      authenticate: (_, user, password, done) => done(null, opaqueUser(password) === user),
    });
    return {
      server,
      createToken: createOpaque,
      readLogin: ([frame]) => {
        const connect = connectIn(frame);
        const token = String(connect.password);
        return { userId: connect.username ?? '', tokenUserId: opaqueUser(token) ?? '', token };
      },
      refusedLogin: async (refusal, userId) => {
        const frames = first(MQTT.protocol(''), userId, 'expired');
        return refusal === 'app.refused' ? frames.map(withAuthentication) : frames;
      },
    };
  },
};

function connectIn(data: WireData | undefined): IConnectPacket {
  const packets: Packet[] = [];
  const reader = parser({ protocolVersion: 5 });
  reader.on('packet', (packet) => packets.push(packet));
  reader.parse(Buffer.from(data ?? ''));
  const [connect] = packets;
  if (connect?.cmd !== 'connect') throw new Error('It is no login.');
  return connect;
}

/** The same login, by a method of authentication that the broker does not have. */
function withAuthentication(data: WireData): WireData {
  return generate({ ...connectIn(data), properties: { authenticationMethod: 'none' } }, { protocolVersion: 5 });
}
