import type { Socket } from 'socket.io-client';
import { describe, expect } from 'vitest';
import type { ModelState, PathStep, SystemUnderTest } from '../../../src/testing/index.ts';
import type { EventCase } from '../explore/event-cases.ts';
import { generatePaths } from '../explore/paths.ts';
import { eventually, patientCases, testDeviations } from './deviations.ts';
import { SocketIoApp } from './socket-io-app.ts';
import { SocketIoServer } from './socket-io-server.ts';

/*
 * The same paths on a client and a server that are both not ours: `socket.io-client` on `socket.io`. A path lets go of
 * three things: the token, in the app's provider; the user who comes back, at the server's door; the hello, in its middleware.
 *
 * Its transport is open before a token is asked for, so `loadingToken` says nothing of transports here. It has no storage,
 * network, suspending or probes of its own to steer: the paths have none of these.
 */

const nothing = () => {};
const identityOf = ({ event }: PathStep) => (event.type === 'session.connect' ? event.identity.id : '');

type Condition = (state: ModelState) => boolean;

const isLoading: Condition = ({ snapshot }) => snapshot.matches('loadingToken');
const isOpening: Condition = ({ snapshot }) => snapshot.matches({ connecting: 'opening' });
const isConnected: Condition = ({ snapshot }) => snapshot.matches('connected');

interface HeldToken {
  /** The socket of the login that asked for it. */
  readonly socket: Socket | null;
  readonly load: () => void;
  readonly fail: () => void;
}

/** The app, its server, and a token endpoint that keeps the tokens back. */
class Subject {
  readonly app: SocketIoApp;
  readonly server: SocketIoServer;
  readonly tokens: HeldToken[] = [];
  /** Tokens that came to the server and were not those of the login that ran. */
  readonly ghosts: unknown[] = [];
  #logins = 0;

  static async start(): Promise<Subject> {
    const server = await SocketIoServer.start((token) => {
      if (token !== subject.token) subject.ghosts.push(token);
    });
    const subject: Subject = new Subject(server);
    return subject;
  }

  private constructor(server: SocketIoServer) {
    this.server = server;
    this.app = new SocketIoApp(server.url);
  }

  /** What the login that runs has for a token, or will have. */
  get token(): string | null {
    return this.app.userId === null ? null : `${this.app.userId} at login ${this.#logins}`;
  }

  async login(userId: string): Promise<void> {
    this.#logins += 1;
    const token = `${userId} at login ${this.#logins}`;
    const provider = () =>
      new Promise<string>((resolve, reject) => {
        this.tokens.push({
          socket: this.app.socket,
          load: () => resolve(token),
          fail: () => reject(new Error('The token endpoint is down.')),
        });
      });
    this.app.login(userId, provider);
    await this.letIn();
  }

  /** Waits for the client to come to the door, and opens it. */
  async letIn(): Promise<void> {
    await eventually(() => expect(this.server.knocks).toHaveLength(1));
    this.server.knocks[0]?.answer(true);
  }

  async stop(): Promise<void> {
    this.app.logout();
    await this.server.close();
  }
}

/** What is held for someone who does not wait for it any more. */
const takeLate = <T>(held: T[], isAwaited: boolean) => (held.length > (isAwaited ? 1 : 0) ? held.shift() : undefined);

const socketIo: SystemUnderTest<Subject> = {
  start: () => Subject.start(),
  events: {
    'client.started': nothing,
    'persistence.started': nothing,
    'user.missing': nothing,
    'user.cleared': nothing,
    'session.connect (same user)': (subject, step) => subject.login(identityOf(step)),
    'session.connect (other user)': (subject, step) => subject.login(identityOf(step)),
    'session.disconnect (forget)': ({ app }) => app.logout(),
    // One that is still held for an earlier login comes as well, and must not travel for this one.
    'token.loaded': ({ tokens }) => {
      for (const { load } of tokens.splice(0)) load();
    },
    'token.loaded (late)': ({ tokens }, step) => takeLate(tokens, isLoading(step.before))?.load(),
    'token.failed': ({ tokens }) => tokens.pop()?.fail(),
    'token.failed (late)': ({ tokens }, step) => takeLate(tokens, isLoading(step.before))?.fail(),
    'hello.received': ({ server }) => server.hellos.pop()?.answer(),
    'hello.received (late)': ({ server }, step) => takeLate(server.hellos, isOpening(step.before))?.answer(),
    'token.refused': ({ server }) => server.hellos.pop()?.answer(new Error('The token has expired.')),
    'socket.lost': ({ server }) => server.newest?.conn.close(),
    'server.ended': ({ server }) => void server.newest?.disconnect(true),
    'retry.due': (subject) => subject.letIn(),
    'socket.closed': nothing,
  },
  states: {
    loadingToken: ({ app, tokens }) =>
      eventually(() => {
        expect(app.socket).not.toBeNull();
        expect(tokens.at(-1)?.socket).toBe(app.socket);
      }),
    'connecting.opening': ({ server }) =>
      eventually(() => expect(server.hellos.filter(({ socket }) => socket.conn.readyState === 'open')).toHaveLength(1)),
    'connecting.waiting': ({ app, server }) =>
      eventually(() =>
        expect({ active: app.socket?.active, connected: app.socket?.connected, welcomed: server.welcomed }).toEqual({
          active: true,
          connected: false,
          welcomed: [],
        }),
      ),
    connected: ({ app, server }) =>
      eventually(() => {
        expect(app.socket?.connected).toBe(true);
        expect(server.welcomed.map(({ id }) => id)).toEqual([app.socket?.id]);
      }),
    disconnecting: ({ app }) => eventually(() => expect(app.userId).toBeNull()),
    loggedOut: ({ app, server }) =>
      eventually(() => expect({ user: app.userId, open: server.openNow }).toEqual({ user: null, open: 0 })),
  },
  invariants: {
    'law 1: one socket': ({ server }) => expect(server.highestOpen).toBeLessThanOrEqual(1),
    'law 4: no ghost': (subject) => {
      expect(subject.ghosts).toEqual([]);
      if (subject.token === null) return;
      for (const { handshake } of subject.server.welcomed) expect(handshake.auth.token).toBe(subject.token);
    },
  },
  stop: (subject) => subject.stop(),
};

/** The same cases, where some of them happen on one more condition. */
const only = (cases: readonly EventCase[], conditions: Readonly<Record<string, Condition>>) =>
  cases.map((eventCase): EventCase => {
    const { name, canHappen } = eventCase;
    const condition = conditions[name];
    if (condition === undefined) return eventCase;
    return { ...eventCase, canHappen: (state) => condition(state) && canHappen(state) };
  });

const never: Condition = () => false;

/** Its server checks a token once, in its middleware: no second hello, and no refusal in the middle of a session. */
const cases = only(patientCases(socketIo), { 'hello.received': isOpening, 'token.refused': isOpening });

/** A path ends where the client goes its own way. Without what it does otherwise the paths lead on. */
const agreed = only(cases, { 'token.refused': never, 'server.ended': isConnected });

const KNOWN = {
  'a client whose token is refused neither comes back nor asks for another one':
    'connecting.opening, token.refused: expecting loadingToken',
  'a server cannot end a session before its hello: `disconnect(true)` does nothing in a middleware':
    'connecting.opening, server.ended: expecting disconnecting.closing',
};

describe('socket.io-client on socket.io on the paths of the statechart', () => {
  testDeviations(
    socketIo,
    [
      ...generatePaths({ cases }),
      ...generatePaths({ cases, cover: 'events' }),
      ...generatePaths({ cases: agreed, cover: 'events' }),
      ...generatePaths({ cases: agreed, cover: 'edges' }),
    ],
    KNOWN,
    'sideBySide',
  );
});
