import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { InspectionEvent } from 'xstate';
import {
  type ClientSnapshot,
  createProtocolClient,
  guests,
  type Login,
  memoryRepository,
  type Protocol,
  requests,
  streamChat,
  type User,
  type WireData,
} from '../../../src/index.ts';
import { recordJournal } from '../../../src/journal/record.ts';
import { Backend } from '../../../src/testing/backend/backend.ts';
import { startWorld, until } from '../../kit/world.ts';

const alice: User = { id: 'alice', name: 'Alice' };
const bob: User = { id: 'bob', name: 'Bob' };

/** Everything that can be read off a value, its errors' causes and hidden properties included. */
const print = (value: unknown) =>
  inspect(value, { depth: 8, showHidden: true, maxArrayLength: null, maxStringLength: null });

/** What a snapshot of an actor holds next to the machine itself. */
const dataOf = (snapshot: unknown) => {
  const { value, context, status, error, input, output } = snapshot as Record<string, unknown>;
  return { value, context, status, error, input, output };
};

describe('law 9: tokens stay put', () => {
  it('a whole lifecycle leaves no byte of a token in events, context, snapshots, inspection, records, journal or errors', async () => {
    const { server, client: create, diagnostics } = await startWorld();
    const tokens: string[] = [];
    const issue = async (id: string, options = {}) => {
      const token = await server.createToken(id, options);
      tokens.push(token);
      return token;
    };
    const seen: string[] = [];
    const note = (what: string, value: unknown) => void seen.push(`${what}: ${print(value)}`);
    const memory = memoryRepository();
    let failNext: 'no' | 'throw' | 'other' | 'text' = 'no';
    const client = create({
      userRepository: {
        getCurrentUser: () => memory.getCurrentUser(),
        setCurrentUser: (user) => {
          note('record', user);
          return memory.setCurrentUser(user);
        },
        clearCurrentUser: () => memory.clearCurrentUser(),
      },
      tokenProvider: async ({ id }) => {
        const token = await issue(failNext === 'other' ? 'mallory' : id);
        const how = failNext;
        failNext = 'no';
        if (how === 'throw')
          throw new Error(`cannot use ${token}`, { cause: { token, headers: [`Authorization: ${token}`] } });
        return how === 'text' ? JSON.stringify({ token }) : token;
      },
      inspect: (event: InspectionEvent) => {
        if ('event' in event) note('inspected event', event.event);
        if ('snapshot' in event) note('inspected snapshot', dataOf(event.snapshot));
        note('inspected actor', dataOf(event.actorRef.getSnapshot()));
      },
    });
    const journal = recordJournal(client);
    client.subscribe((snapshot: ClientSnapshot) => note('snapshot', snapshot));
    client.actor.subscribe((snapshot) => note('actor', dataOf(snapshot)));
    client.actor.on('*', (fact) => note('emitted', fact));
    client.on('*', (event) => note('chat event', event));
    const call = async (name: string, result: PromiseLike<unknown>) => note(name, await result);

    // A provider, a refresh, a request with a reload.
    await call('connect', client.connectUser(alice));
    server.faults.cause({ type: 'sendError', code: 40, message: `bad token ${tokens[0]}` });
    await until(client, 'reconnecting');
    await until(client, 'online');
    server.faults.cause({ type: 'failHttp', path: '/channels', status: 401, code: 40 });
    const path = '/channels/messaging/general/message';
    const response = await client.request(path, { method: 'POST', body: { message: { text: 'hello' } } });
    expect(response).toMatchObject({ success: true });
    // The request may hold a newer token than the socket, which would spare the provider the first question below.
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    await until(client, 'online');
    await until(client, ({ failedAttempts }) => failedAttempts === 0);

    // Failures, each with a token in the texts around it.
    for (const how of ['throw', 'other', 'text'] as const) {
      failNext = how;
      server.faults.cause({ type: 'sendError', code: 40 });
      await until(client, 'waiting');
      await until(client, 'online');
      await until(client, ({ failedAttempts }) => failedAttempts === 0);
    }
    server.faults.cause({ type: 'refuseUpgrade', times: 1 });
    server.faults.cause({ type: 'dropSockets' });
    await until(client, ({ failedAttempts }) => failedAttempts === 2);
    await until(client, 'online');
    server.faults.cause({ type: 'failHttp', path: '/channels' });
    await call('request', client.request(path, { method: 'POST', body: {} }));

    // A switch, a static token, its end.
    await call('switch', client.switchUser(bob, await issue('bob')));
    server.faults.cause({ type: 'sendFrame', frame: { kind: 'text', text: `odd ${tokens.at(-1)}` } });
    server.faults.cause({ type: 'expireTokens', userId: 'bob' });
    note('ended', await until(client, 'signInAgain'));
    failNext = 'throw';
    await call('failed login', client.connectUser(alice));
    await call('guest', client.connectGuestUser({ id: 'bender' }));
    const guestToken = server.connects().at(-1)?.token;
    await call('disconnect', client.disconnect());
    note('journal', journal.journal());
    note('diagnostics', diagnostics);
    note('client', client);

    expect(tokens.length).toBeGreaterThan(7);
    expect(seen.length).toBeGreaterThan(200);
    for (const token of [...tokens, guestToken ?? expect.fail('a guest has a token')]) {
      const [header = '', payload = '', signature = ''] = token.split('.');
      for (const part of [token, payload, signature]) expect(seen.filter((text) => text.includes(part))).toEqual([]);
      expect(seen.filter((text) => text.includes(`${header}.`))).toEqual([]);
    }
  });

  it('a server that sends its user and its connection id with the token shows it to no one', async () => {
    const base = streamChat({ apiKey: 'key', baseUrl: 'http://backend.test' });
    const backend = new Backend();
    const token = backend.issue('alice');
    const seen: string[] = [];
    const addresses: string[] = [];
    const client = createProtocolClient({
      ...backend.options(),
      requests,
      fetch: async (input) => {
        addresses.push(String(input));
        return new Response('{}');
      },
      protocol: {
        ...base,
        connect: (login: Login) => {
          const connection = base.connect(login);
          const hello = {
            connectionId: `connection-${login.token}`,
            me: {
              id: 'alice',
              access_token: login.token,
              devices: [{ header: `Bearer ${login.token}`, [String(login.token)]: 1 }],
            },
          };
          return {
            ...connection,
            decode: (data: WireData) =>
              [connection.decode(data)]
                .flat()
                .map((frame) => (frame.kind === 'hello' ? { ...frame, ...hello } : frame)),
          };
        },
      } as Protocol<object> & Pick<typeof base, 'http'>,
      inspect: (event: InspectionEvent) => void seen.push(print('event' in event ? event.event : event.type)),
    });
    onTestFinished(() => void client.dispose());
    client.subscribe((snapshot) => void seen.push(print(snapshot)));
    const call = client.connectUser(alice, token);
    await backend.clock.advance(1_000);
    expect(await call).toMatchObject({ success: true, value: { connectionId: 'connection-[token]' } });
    const { connectionId, me } = client.getSnapshot();
    expect(connectionId).toBe('connection-[token]');
    expect(me).toEqual({
      id: 'alice',
      access_token: '[token]',
      devices: [{ header: 'Bearer [token]', '[token]': 1 }],
    });
    await client.request('/channels');
    expect(addresses[0]).toContain(`connection_id=connection-${token}`);
    expect(seen.filter((text) => text.includes(token))).toEqual([]);
  });

  it.each([
    { kind: 'hello', userId: 'TOKEN' },
    { kind: 'hello', pingIntervalMs: 'TOKEN' },
    { kind: 'bad', problem: 'TOKEN' },
    { kind: 'error', verdict: { meaning: 'lost', explanation: 'TOKEN', message: 'TOKEN' } },
    { kind: 'error', verdict: { meaning: 'TOKEN' } },
    { kind: 'TOKEN' },
  ])('nor one that fills another field with it: %j', async (frame) => {
    const backend = new Backend();
    const token = `opaque/${'secret'.repeat(5)}+${Math.random()}`;
    const seen: unknown[] = [];
    const client = createProtocolClient({
      ...backend.options(),
      protocol: {
        name: 'odd',
        connect: () => ({
          url: 'ws://backend.test',
          decode: () => JSON.parse(JSON.stringify(frame).replaceAll('TOKEN', token)),
        }),
      },
      onDiagnostic: (diagnostic) => void seen.push(diagnostic),
      inspect: (event: InspectionEvent) => void seen.push('event' in event ? event.event : event.type),
    });
    onTestFinished(() => void client.dispose());
    client.subscribe((snapshot) => void seen.push(snapshot));
    void client.connectUser(alice, () => token);
    await backend.clock.advance(1_000);
    expect(client.getSnapshot().error).not.toBeNull();
    expect(print(seen)).not.toContain('secret');
  });

  it('nor a guest whose token comes with the user', async () => {
    const base = streamChat({ apiKey: 'key', baseUrl: 'http://backend.test' });
    const backend = new Backend();
    const token = backend.issue('guest-1');
    const seen: string[] = [];
    const client = createProtocolClient({
      ...backend.options(),
      guests,
      protocol: {
        ...base,
        connect: (login: Login) => base.connect(login),
        guests: { ...base.guests, read: () => ({ user: { id: 'guest-1', access_token: token }, token }) },
      },
      fetch: async () => new Response('{}'),
      inspect: (event: InspectionEvent) => void seen.push(print('event' in event ? event.event : event.type)),
    });
    onTestFinished(() => void client.dispose());
    client.subscribe((snapshot) => void seen.push(print(snapshot)));
    const call = client.connectGuestUser({ id: 'guest' });
    await backend.clock.advance(1_000);
    expect(await call).toMatchObject({ success: true });
    expect(client.getSnapshot().user).toMatchObject({ id: 'guest-1', access_token: '[token]' });
    expect(seen.filter((text) => text.includes(token))).toEqual([]);
  });
});
