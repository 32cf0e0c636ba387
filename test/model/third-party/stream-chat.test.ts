import { StreamChat } from 'stream-chat';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import type { PathStep, SystemUnderTest } from '../../../src/testing/index.ts';
import { type DevServer, type FaultHandle, startDevServer } from '../../../src/tools/devserver/index.ts';
import { generatePaths } from '../explore/paths.ts';
import { eventually, patientCases, testDeviations } from './deviations.ts';

/*
 * The same paths on a client that is not ours: the unmodified npm client `stream-chat`, with the dev server for a backend.
 * It has no storage and no life cycle of its own to steer, so a path is followed as far as it goes.
 */

const nothing = () => {};

interface HeldToken {
  readonly userId: string;
  settle(how: 'load' | 'fail'): Promise<void>;
}

/** The client, its server, and an app that keeps the tokens back. */
class Subject {
  readonly server: DevServer;
  readonly client: StreamChat;
  readonly hellos: FaultHandle;
  readonly tokens: HeldToken[] = [];
  /** Sockets that were opened by a token that came after the logout. */
  strays = 0;
  readonly #connections = new Set<Connection>();

  static async start(): Promise<Subject> {
    return new Subject(await startDevServer());
  }

  private constructor(server: DevServer) {
    this.server = server;
    this.client = new StreamChat(server.apiKey, { baseURL: server.url, allowServerSideConnect: true });
    keepTrackOf(this.client, this.#connections);
    this.hellos = server.faults.cause({ type: 'withholdHello', times: 'untilLifted' });
  }

  login(userId: string): void {
    const provider = () =>
      new Promise<string>((resolve, reject) => {
        const settle = async (how: 'load' | 'fail') => {
          this.tokens.splice(this.tokens.indexOf(held), 1);
          if (how === 'load') resolve(await this.server.createToken(userId));
          else reject(new Error('The token endpoint is down.'));
        };
        const held: HeldToken = { userId, settle };
        this.tokens.push(held);
      });
    this.client.connectUser({ id: userId }, provider).catch(nothing);
  }

  async stop(): Promise<void> {
    this.server.faults.liftAll();
    await this.client.disconnectUser(10).catch(nothing);
    // It goes on trying after its end; only one that takes itself for busy does not.
    for (const connection of this.#connections) connection.isConnecting = true;
    await this.server.close();
  }
}

type Connection = NonNullable<StreamChat['wsConnection']>;

function keepTrackOf(client: StreamChat, connections: Set<Connection>): void {
  let current = client.wsConnection;
  Object.defineProperty(client, 'wsConnection', {
    get: () => current,
    set: (connection: Connection | null) => {
      current = connection;
      if (connection !== null) connections.add(connection);
    },
  });
}

const identityOf = ({ event }: PathStep) => (event.type === 'session.connect' ? event.identity.id : '');

const streamChat: SystemUnderTest<Subject> = {
  start: () => Subject.start(),
  events: {
    // There is nothing to be started, and nothing stored.
    'client.started': nothing,
    'persistence.started': nothing,
    'user.missing': nothing,
    'user.cleared': nothing,
    'session.connect (same user)': (subject, step) => subject.login(identityOf(step)),
    'session.disconnect (forget)': ({ client }) => void client.disconnectUser().catch(nothing),
    'token.loaded': ({ tokens }) => tokens.at(-1)?.settle('load'),
    'token.failed': ({ tokens }) => tokens.at(-1)?.settle('fail'),
    'token.loaded (late)': async (subject) => {
      const late = subject.tokens.shift();
      if (late === undefined) return;
      const opened = subject.server.waitFor(({ type }) => type === 'opened', { timeoutMs: 5_000 });
      await late.settle('load');
      await opened.then(() => {
        subject.strays += 1;
      }, nothing);
    },
    'hello.received': ({ hellos }) => void hellos.release(),
    'app.refused': ({ server }) => void server.faults.cause({ type: 'sendError', code: 2, closeCode: 1000 }),
    'token.refused': ({ server }) => void server.faults.cause({ type: 'sendError', code: 40, closeCode: 1000 }),
    // The client is left alone: whatever it does by itself shows in the state that follows.
    'retry.due': nothing,
    'server.ended': ({ server }) => void server.faults.cause({ type: 'closeSockets', closeCode: 1000 }),
    'socket.closed': nothing,
  },
  states: {
    loadingToken: ({ tokens }) => eventually(() => expect(tokens.length).toBeGreaterThan(0)),
    'connecting.opening': ({ hellos }) => eventually(() => expect(hellos.state.held).toBe(1)),
    'connecting.waiting': nothing,
    connected: ({ client }) => eventually(() => expect(client.wsConnection?.isHealthy).toBe(true)),
    loggedOut: ({ client, server }) =>
      eventually(() =>
        expect({ user: client.userID ?? null, open: server.counts().openNow }).toEqual({ user: null, open: 0 }),
      ),
  },
  invariants: {
    'law 1: one socket': ({ server }) => expect(server.counts().highestOpen).toBeLessThanOrEqual(1),
    'law 4: no ghost': ({ strays }) => expect(strays).toBe(0),
  },
  stop: (subject) => subject.stop(),
};

/** Rows of the list of scenarios that went wrong elsewhere. */
const KNOWN = {
  'A1: a token that comes after the logout opens a socket, here in the middle of it':
    'disconnecting.forgetting, token.loaded (late): law 4',
  'A1: the same, a moment later': 'disconnecting.closing, token.loaded (late): law 4',
  'D10: a token error in the middle of a session asks for no other token':
    'connecting.waiting, retry.due: expecting loadingToken',
};

describe('stream-chat 9.53 on the paths of the statechart', () => {
  const cases = patientCases(streamChat);

  beforeAll(() => {
    // Its reconnects wait a random part of a window; the shortest will do.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    vi.spyOn(console, 'warn').mockImplementation(nothing);
  });
  afterAll(() => vi.restoreAllMocks());

  testDeviations(
    streamChat,
    [...generatePaths({ cases }), ...generatePaths({ cases, cover: 'events' })],
    KNOWN,
    'oneByOne',
  );
});
