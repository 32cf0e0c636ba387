import { describe, expect, it } from 'vitest';
import type { ChatClientOptions, User, WebSocketClass } from '../../../src/index.ts';
import { memoryRepository } from '../../../src/repository/memory.ts';
import { startWorld, until } from '../../kit/world.ts';

/* Law 11: what the app's code throws or returns may itself throw, at whatever is done with it. */

const alice = { id: 'alice' };
const boom = () => {
  throw new Error('a fault in the app');
};
const unreadable = (): never =>
  new Proxy(boom, {
    get: boom,
    has: boom,
    ownKeys: boom,
    apply: boom,
    getPrototypeOf: boom,
    getOwnPropertyDescriptor: boom,
  }) as never;
const throwIt = () => {
  throw unreadable();
};
const rejectWithIt = () => Promise.reject(unreadable());

const faults: readonly (readonly [string, Partial<ChatClientOptions>])[] = [
  ['a repository that throws it when read', { userRepository: { ...memoryRepository(), getCurrentUser: throwIt } }],
  ['a repository that rejects a read', { userRepository: { ...memoryRepository(), getCurrentUser: rejectWithIt } }],
  ['a repository that returns it', { userRepository: { ...memoryRepository(), getCurrentUser: unreadable } }],
  ['a repository that throws it at a write', { userRepository: { ...memoryRepository(), setCurrentUser: throwIt } }],
  ['a repository that rejects a write', { userRepository: { ...memoryRepository(), setCurrentUser: rejectWithIt } }],
  ['a repository that throws at a removal', { userRepository: { ...memoryRepository(), clearCurrentUser: throwIt } }],
  [
    'a repository that rejects a removal',
    { userRepository: { ...memoryRepository(), clearCurrentUser: rejectWithIt } },
  ],
  ['a repository that throws when watched', { userRepository: { ...memoryRepository(), subscribe: throwIt } }],
  ['a repository whose watch is it', { userRepository: { ...memoryRepository(), subscribe: unreadable } }],
  [
    'a repository that reports a change to it',
    {
      userRepository: {
        ...memoryRepository(),
        subscribe: (listener: (user: User | null) => void) => {
          listener(unreadable());
          return () => {};
        },
      },
    },
  ],
  ['a device that throws it', { environment: { read: throwIt, subscribe: throwIt } }],
  ['a device that returns it', { environment: { read: unreadable, subscribe: unreadable } }],
  ['an inspector that throws it', { inspect: throwIt }],
  ['an inspector that returns it', { inspect: unreadable }],
  ['onDiagnostic that throws it', { onDiagnostic: throwIt }],
  ['onDiagnostic that rejects', { onDiagnostic: rejectWithIt }],
];

describe('law 11: a value that throws at every touch', () => {
  it.each(faults)('%s: the session goes on, and each call settles', async (_, options) => {
    const { server, client: create } = await startWorld();
    const client = create(options);
    client.subscribe(() => throwIt());
    client.on('*', () => unreadable());
    expect(await client.restore()).toHaveProperty('success');
    await client.connectUser(alice).orThrow();
    server.push({ type: 'message.new' }, 'alice');
    server.faults.cause({ type: 'dropSockets' });
    await until(client, ({ lostAt }) => lostAt !== null);
    await until(client, 'online');
    const left = await client.disconnect();
    expect(left.success || left.error.code).toBeOneOf([true, 'userNotForgotten']);
    await until(client, ({ status }) => status === 'loggedOut');
    await client.connectUser(alice).orThrow();
    await client.dispose();
  });

  it.each<[string, () => unknown]>([
    ['throws it', throwIt],
    ['rejects', rejectWithIt],
    ['returns it', unreadable],
    ['resolves to it', async () => ({ token: unreadable() })],
  ])('a provider that %s', async (_, answer) => {
    const { server, client: create } = await startWorld();
    let isFaulty = true;
    const client = create({
      tokenProvider: (({ id }: User) => (isFaulty ? answer() : server.createToken(id))) as () => Promise<string>,
    });
    const failed = await client.connectUser(alice);
    expect(failed.success || failed.error.code).toBeOneOf(['tokenUnavailable', 'tokenInvalid']);
    isFaulty = false;
    await client.connectUser(alice).orThrow();
  });

  it('a WebSocket class that throws it', async () => {
    const { client: create } = await startWorld();
    const client = create({
      WebSocket: class {
        constructor() {
          throwIt();
        }
      } as unknown as WebSocketClass,
    });
    void client.connectUser(alice);
    await until(client, ({ failedAttempts }) => failedAttempts === 2);
    expect(client.getSnapshot().error?.code).toBe('connectionRefused');
    expect((await client.disconnect()).success).toBe(true);
  });

  it('arguments: each is refused by its name', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const refused = async (call: PromiseLike<unknown>, field: RegExp) => {
      expect(await call).toMatchObject({
        success: false,
        error: { code: 'invalidArgument', field: expect.stringMatching(field) },
      });
    };
    await refused(client.connectUser(unreadable()), /user/);
    await refused(
      client.connectUser({
        get id() {
          return throwIt();
        },
      } as never),
      /user/,
    );
    await refused(client.connectUser(alice, undefined, unreadable()), /./);
    await refused(client.disconnect(unreadable()), /./);
    await client.connectUser(alice).orThrow();
    await refused(client.request('/x', unreadable()), /./);
    await refused(client.request('/x', { body: unreadable() }), /body|options/);
    await refused(client.request('/x', { query: unreadable() }), /query|options/);
    await refused(client.request('/x', { headers: unreadable() }), /headers|options/);
    await refused(client.request(unreadable()), /path/);
    expect(client.getSnapshot().status).toBe('online');
  });
});
