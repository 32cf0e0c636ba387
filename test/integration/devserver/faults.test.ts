import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, type Fault, startDevServer } from '../../../src/tools/devserver/index.ts';
import { type BareClient, connect } from './clients.ts';

/*
 * Every fault that meets sockets, each with a user of its own on one shared server.
 */

let server: DevServer;
let lastUser = 0;
beforeAll(async () => {
  server = await startDevServer();
});
afterAll(() => server.close());

const newUser = () => `user-${++lastUser}`;
const HELLO = { type: 'health.check', me: expect.anything() };

async function connected(userId: string): Promise<BareClient> {
  const client = await connect(server, userId);
  expect(await client.next()).toMatchObject(HELLO);
  return client;
}

async function isWell(userId: string): Promise<void> {
  const client = await connected(userId);
  client.socket.close(1000);
  expect((await client.closed).code).toBe(1000);
}

/** After it, everything has arrived that the server sent before. */
async function roundTrip({ socket }: BareClient): Promise<void> {
  for (const _ of [1, 2]) {
    socket.ping();
    await new Promise((resolve) => socket.once('pong', resolve));
  }
}

describe('before there is a WebSocket', () => {
  it('refuseUpgrade cuts the next N and lets the rest through', async () => {
    const userId = newUser();
    const fault = server.faults.cause({ type: 'refuseUpgrade', userId, times: 2 });
    for (const _ of [1, 2]) {
      const client = await connect(server, userId);
      expect((await client.closed).code).toBe(1006);
    }
    expect(fault.state).toMatchObject({ isActive: false, hits: 2 });
    await isWell(userId);
    expect(server.counts(userId)).toMatchObject({ upgradesRefused: 2, opened: 1 });
    const [refused, , accepted] = server.connects(userId);
    expect([refused?.outcome, refused?.isOpen, accepted?.outcome]).toEqual(['upgradeRefused', false, 'hello']);
  });

  it('refuseUpgrade responds with a real 429 with its headers', async () => {
    const userId = newUser();
    server.faults.cause({ type: 'refuseUpgrade', userId, status: 429, retryAfterSeconds: 7 });
    const client = await connect(server, userId);
    await client.closed;
    expect(client.refusedStatus()).toBe(429);
    expect(client.refusedHeaders()).toMatchObject({
      'retry-after': '7',
      'x-ratelimit-reset': expect.stringMatching(/^\d+$/),
    });
  });

  it('is met until lifted', async () => {
    const userId = newUser();
    const fault = server.faults.cause({ type: 'refuseUpgrade', userId, times: 'untilLifted' });
    for (const _ of [1, 2, 3]) await (await connect(server, userId)).closed;
    expect(fault.state).toMatchObject({ isActive: true, hits: 3 });
    fault.lift();
    await isWell(userId);
  });

  it('is lifted by itself after forMs', async () => {
    const userId = newUser();
    const fault = server.faults.cause({ type: 'refuseUpgrade', userId, forMs: 30 });
    expect(fault.state.isActive).toBe(true);
    await server.until(() => !fault.state.isActive);
    await isWell(userId);
  });
});

describe('instead of a hello', () => {
  it.each([40, 41, 42, 43, 5, 2, 69, 99, 17, 4, 6, 9, 71, 3, 23, -1, 46])('refuseConnect sends %i', async (code) => {
    const userId = newUser();
    server.faults.cause({ type: 'refuseConnect', userId, code });
    const client = await connect(server, userId);
    expect(await client.next()).toMatchObject({
      error: { code, StatusCode: expect.any(Number), message: expect.any(String) },
    });
    expect((await client.closed).code).toBe(1000);
    await isWell(userId);
  });

  it('refuseConnect as connection.error, with another close code, a message and retry_after', async () => {
    const userId = newUser();
    server.faults.cause({
      type: 'refuseConnect',
      userId,
      code: 9,
      as: 'connection.error',
      closeCode: 1013,
      message: 'slow down',
      retryAfterSeconds: 12,
      fields: { 'user.name': 'is taken' },
    });
    const client = await connect(server, userId);
    expect(await client.next()).toMatchObject({
      type: 'connection.error',
      error: { code: 9, message: 'slow down', retry_after: 12, exception_fields: { 'user.name': 'is taken' } },
    });
    expect(await client.closed).toEqual({ code: 1013, reason: 'slow down' });
  });

  it('refuseConnect may leave the socket open', async () => {
    const userId = newUser();
    server.faults.cause({ type: 'refuseConnect', userId, code: 5, closeCode: null });
    const client = await connect(server, userId);
    await client.next();
    client.socket.send('[{"type":"health.check"}]');
    client.socket.ping();
    await new Promise((resolve) => client.socket.once('pong', resolve));
    expect(client.frames).toHaveLength(1);
    expect(server.counts(userId).openNow).toBe(1);
    client.socket.close();
    await client.closed;
  });

  it.each([
    ['before the hello', {}, [], 1011],
    ['after the hello', { when: 'afterHello', closeCode: 1012 }, [HELLO], 1012],
    ['without a close frame', { closeCode: null }, [], 1006],
  ] as const)('closeOnConnect %s', async (_, options, frames, code) => {
    const userId = newUser();
    server.faults.cause({ type: 'closeOnConnect', userId, ...options });
    const client = await connect(server, userId);
    expect((await client.closed).code).toBe(code);
    expect(client.frames).toMatchObject(frames);
    await isWell(userId);
  });

  it.each<[string, Extract<Fault, { type: 'spoilHello' }>['frame'], unknown]>([
    ['text that is not JSON', { kind: 'text', text: 'token invalid' }, 'token invalid'],
    ["a captive portal's page", { kind: 'text', text: '<html>Log in</html>' }, '<html>Log in</html>'],
    ['JSON of any shape', { kind: 'json', value: [1, null] }, [1, null]],
    ['a binary frame', { kind: 'binary', bytes: 3 }, Buffer.from([255, 255, 255])],
  ])('spoilHello sends %s', async (_, frame, heard) => {
    const userId = newUser();
    server.faults.cause({ type: 'spoilHello', userId, frame });
    const client = await connect(server, userId);
    expect(await client.next()).toEqual(heard);
    expect(server.connects(userId).at(-1)).toMatchObject({ outcome: 'pending', isOpen: true });
    client.socket.close();
    await client.closed;
    await isWell(userId);
  });

  it('spoilHello sends a huge frame', async () => {
    const userId = newUser();
    server.faults.cause({ type: 'spoilHello', userId, frame: { kind: 'huge', bytes: 2_000_000 } });
    const client = await connect(server, userId);
    const frame = JSON.stringify(await client.next());
    expect(Math.abs(frame.length - 2_000_000)).toBeLessThan(100);
    client.socket.close();
    await client.closed;
  });
});

describe('about the hello', () => {
  it('delayHello', async () => {
    const userId = newUser();
    const at: Record<string, number> = {};
    const off = server.on(({ type, userId: who }) => {
      if (who === userId) at[type] = performance.now();
    });
    server.faults.cause({ type: 'delayHello', userId, delayMs: 60 });
    await isWell(userId);
    off();
    expect((at.hello ?? 0) - (at.opened ?? 0)).toBeGreaterThan(58);
  });

  it('withholdHello until it is released; a hello to a socket that is gone is not sent', async () => {
    const userId = newUser();
    const fault = server.faults.cause({ type: 'withholdHello', userId, times: 2 });
    const heldNow = (count: number) => server.until(() => fault.state.held === count);
    const impatient = await connect(server, userId);
    await heldNow(1);
    impatient.socket.terminate();
    await heldNow(0);
    const patient = await connect(server, userId);
    await heldNow(1);
    expect(server.push({ type: 'typing.start' }, userId)).toBe(0);
    expect(patient.frames).toEqual([]);
    expect(fault.state.isActive).toBe(false);
    expect(server.faults.find(fault.id)).toBe(fault);
    expect(fault.release()).toBe(1);
    expect(await patient.next()).toMatchObject(HELLO);
    expect(server.counts(userId)).toMatchObject({ opened: 2, hellos: 1 });
    expect(server.faults.find(fault.id)).toBeUndefined();
    patient.socket.close();
    await patient.closed;
  });

  it('withholdHello lets go when it is lifted', async () => {
    const userId = newUser();
    const fault = server.faults.cause({ type: 'withholdHello', userId, times: 'untilLifted' });
    const client = await connect(server, userId);
    await server.until(() => fault.state.held === 1);
    fault.lift();
    expect(await client.next()).toMatchObject(HELLO);
    client.socket.close();
    await client.closed;
    await isWell(userId);
  });

  it('wrongHello is for another user', async () => {
    const userId = newUser();
    server.faults.cause({ type: 'wrongHello', userId, asUserId: 'mallory' });
    const client = await connect(server, userId);
    expect(await client.next()).toMatchObject({ me: { id: 'mallory' } });
    client.socket.close();
    await client.closed;
    await isWell(userId);
  });
});

describe('while connected', () => {
  it.each([
    ['connection.error', {}, { type: 'connection.error', error: { code: 17 } }],
    ['error', { as: 'error' }, { error: { code: 17 } }],
  ] as const)('sendError as %s, then a close', async (_, options, frame) => {
    const userId = newUser();
    const client = await connected(userId);
    expect(server.faults.cause({ type: 'sendError', userId, code: 17, ...options }).state.hits).toBe(1);
    expect(await client.next()).toMatchObject(frame);
    expect((await client.closed).code).toBe(1008);
    expect(server.connects(userId).at(-1)).toMatchObject({ outcome: 'hello', errorCode: 17 });
  });

  it('dropSockets leaves no close frame', async () => {
    const userId = newUser();
    const client = await connected(userId);
    server.faults.cause({ type: 'dropSockets', userId });
    expect((await client.closed).code).toBe(1006);
  });

  it.each([1000, 1009, 1012, 1013, 4321])('closeSockets with %i', async (closeCode) => {
    const userId = newUser();
    const client = await connected(userId);
    server.faults.cause({ type: 'closeSockets', userId, closeCode, reason: 'ü'.repeat(200) });
    const { code, reason } = await client.closed;
    expect(code).toBe(closeCode);
    expect(reason).toBe('ü'.repeat(61));
    await server.until(() => server.counts(userId).openNow === 0);
  });

  it('goSilent: no reply, no pong, no message, no close, but still open', async () => {
    const userId = newUser();
    const other = newUser();
    const client = await connected(userId);
    const witness = await connected(other);
    server.faults.cause({ type: 'goSilent', userId });
    let pongs = 0;
    client.socket.on('pong', () => {
      pongs += 1;
    });
    const heard = server.waitFor((event) => event.type === 'frame' && event.userId === userId);
    client.socket.ping();
    client.socket.send('[{"type":"health.check"}]');
    await heard;
    const closing = server.waitFor((event) => event.type === 'closing' && event.userId === userId);
    client.socket.close(1000);
    expect(await closing).toMatchObject({ code: 1000 });
    await roundTrip(witness);
    expect(client.socket.readyState).toBe(client.socket.CLOSING);
    expect(server.push({ type: 'typing.start' }, userId)).toBe(0);
    server.faults.cause({ type: 'sendFrame', userId, frame: { kind: 'text', text: 'hello?' } });
    expect(server.push({ type: 'typing.start' }, other)).toBe(1);
    await witness.next();
    expect({ pongs, frames: client.frames.length, openNow: server.counts(userId).openNow }).toEqual({
      pongs: 0,
      frames: 1,
      openNow: 1,
    });
    client.socket.terminate();
    await server.until(() => server.counts(userId).openNow === 0);
    witness.socket.close();
    await witness.closed;
  });

  it('goSilent on the next connect, right after the hello', async () => {
    const userId = newUser();
    const before = await connected(userId);
    server.faults.cause({ type: 'goSilent', userId, on: 'next' });
    expect(server.push({ type: 'typing.start' }, userId)).toBe(1);
    before.socket.close();
    await before.closed;
    const client = await connected(userId);
    expect(server.push({ type: 'typing.start' }, userId)).toBe(0);
    server.faults.cause({ type: 'dropSockets', userId });
    await client.closed;
    await isWell(userId);
  });

  it.each(['open', 'next'] as const)('ignoreClose of the %s socket', async (on) => {
    const userId = newUser();
    if (on === 'next') server.faults.cause({ type: 'ignoreClose', userId, on });
    const client = await connected(userId);
    if (on === 'open') server.faults.cause({ type: 'ignoreClose', userId });
    expect(server.push({ type: 'typing.start' }, userId)).toBe(1);
    const closing = server.waitFor((event) => event.type === 'closing' && event.userId === userId);
    client.socket.close(1000);
    await closing;
    const witness = await connected(newUser());
    await roundTrip(witness);
    expect(client.socket.readyState).toBe(client.socket.CLOSING);
    expect(server.connects(userId).at(-1)).toMatchObject({ isOpen: true, clientCloseCode: 1000 });
    witness.socket.terminate();
    client.socket.terminate();
    await server.until(() => server.counts(userId).openNow === 0);
    await isWell(userId);
  });

  it('sendFrame and secondHello', async () => {
    const userId = newUser();
    const client = await connected(userId);
    const [first] = client.frames as { connection_id: string }[];
    server.faults.cause({ type: 'sendFrame', userId, frame: { kind: 'text', text: '{' } });
    expect(await client.next()).toBe('{');
    server.faults.cause({ type: 'secondHello', userId });
    const second = (await client.next()) as { connection_id: string };
    expect(second).toMatchObject({ me: { id: userId } });
    expect(second.connection_id).not.toBe(first?.connection_id);
    expect(server.connects(userId).at(-1)?.connectionId).toBe(second.connection_id);
    server.faults.cause({ type: 'secondHello', userId, asUserId: 'stranger' });
    expect(await client.next()).toMatchObject({ me: { id: 'stranger' } });
    client.socket.close();
    await client.closed;
  });

  it.each([
    ['revokeTokens', /revoked/],
    ['expireTokens', /expired/],
  ] as const)('%s: old tokens get 40 here and later, new ones pass', async (type, message) => {
    const userId = newUser();
    const token = await server.createToken(userId);
    const withoutIat = await server.createToken(userId, { issuedAt: null });
    const client = await connect(server, userId, { token });
    await client.next();
    const fault = server.faults.cause({ type, userId });
    const fresh = await server.createToken(userId);
    expect(await client.next()).toMatchObject({ error: { code: 40, message: expect.stringMatching(message) } });
    await client.closed;
    for (const old of [token, withoutIat]) {
      const again = await connect(server, userId, { token: old });
      expect(await again.next()).toMatchObject({ error: { code: 40 } });
      await again.closed;
    }
    for (const [good, lift] of [[fresh, fault.lift] as const, [token, () => undefined] as const]) {
      const again = await connect(server, userId, { token: good });
      expect(await again.next()).toMatchObject(HELLO);
      again.socket.close();
      await again.closed;
      lift();
    }
  });
});

describe('aim', () => {
  it('a fault aimed at one user does not touch others', async () => {
    const [target, expectedResults] = [newUser(), newUser()];
    const [aimed, other] = await Promise.all([connected(target), connected(expectedResults)]);
    const token = await server.createToken(expectedResults);
    for (const fault of [
      { type: 'sendError', code: 40 },
      { type: 'dropSockets' },
      { type: 'restart', downMs: 10 },
      { type: 'revokeTokens' },
      { type: 'refuseConnect', code: 9, times: 'untilLifted' },
    ] as const) {
      server.faults.cause({ ...fault, userId: target });
    }
    await aimed.closed;
    const again = await connect(server, expectedResults, { token });
    expect(await again.next()).toMatchObject(HELLO);
    again.socket.terminate();
    expect(other.frames).toHaveLength(1);
    server.faults.liftAll(target);
    await isWell(target);
    other.socket.close();
    await other.closed;
  });

  it('refuses an invalid fault, and names the field', () => {
    const bad = (fault: unknown) => () => server.faults.cause(fault as Fault);
    for (const closeCode of [999, 1004, 1005, 1006, 1015, 2999, 5000]) {
      expect(bad({ type: 'closeSockets', closeCode })).toThrow(/closeCode: not a code/);
    }
    for (const closeCode of [1000, 1014, 3000, 4999]) expect(bad({ type: 'closeSockets', closeCode })).not.toThrow();
    expect(bad({ type: 'delayHello', delayMs: 'soon' })).toThrow(/delayMs/);
    expect(bad({ type: 'dropSockets', user: 'alice' })).toThrow(/user/);
    expect(bad({ type: 'explode' })).toThrow(/type/);
    expect(bad(null)).toThrow(/the fault/);
    expect(server.faults.list()).toEqual([]);
  });
});
