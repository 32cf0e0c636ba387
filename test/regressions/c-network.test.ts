import { describe, expect, it, onTestFinished } from 'vitest';
import { memoryRepository, type User } from '../../src/index.ts';
import { Device } from '../../src/testing/backend/device.ts';
import { QUICK, startWorld, until } from '../kit/world.ts';

/* scenarios of bad networks and sleeping devices; the numbers are those of the list they were collected in */

const alice: User = { id: 'alice', name: 'Alice' };
const minute = 60_000;

describe('C: network', () => {
  it('C1: offline at the start, a session waits for the network, keeps its user, and connects on `online`', async () => {
    const { server, client: create, provider } = await startWorld();
    const environment = new Device();
    environment.change('offline');
    const tokenProvider = provider();
    const userRepository = memoryRepository();
    userRepository.setCurrentUser(alice);
    const client = create({ environment, tokenProvider, userRepository, timing: { offlineRetryMs: minute } });
    expect(await client.restore()).toEqual({ success: true, value: alice });
    expect(client.getSnapshot()).toMatchObject({ status: 'offline', user: alice });
    expect(tokenProvider.calls()).toBe(0);
    environment.change('online');
    await until(client, 'online');
    expect(server.counts('alice').opened).toBe(1);
    expect(userRepository.getCurrentUser()).toEqual(alice);
  });

  it('C2: a half-open socket is found by silence and replaced, and found again', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    for (const round of [2, 3]) {
      server.faults.cause({ type: 'goSilent', on: 'open' });
      const lost = await until(client, 'waiting');
      expect(lost.error).toMatchObject({ code: 'wentSilent' });
      await until(client, 'online');
      expect(server.counts('alice')).toMatchObject({ opened: round, highestOpen: 1 });
    }
  });

  it('C3: an open socket without a hello is given up', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const held = server.faults.cause({ type: 'withholdHello' });
    const connecting = client.connectUser(alice);
    const waiting = await until(client, 'waiting');
    expect(waiting.error).toMatchObject({ code: 'helloTimedOut' });
    held.lift();
    expect(await connecting).toMatchObject({ success: true });
    expect(server.counts('alice').highestOpen).toBe(1);
  });

  it('C4: messages count as life, and do not keep the client from pinging', async () => {
    const { server, client: create } = await startWorld();
    const client = create({ timing: { pingIntervalMs: 1_000 } });
    await client.connectUser(alice).orThrow();
    const statuses = new Set<string>();
    client.subscribe(({ status }) => statuses.add(status));
    let heard = 0;
    client.on('message.new', () => {
      heard += 1;
    });
    // Dozens between two pings: sent each at once, they would keep a core busy.
    const talking = setInterval(() => server.push({ type: 'message.new' }, 'alice'), 20);
    onTestFinished(() => clearInterval(talking));
    await server.until(() => (server.connects('alice')[0]?.framesReceived ?? 0) >= 3);
    expect(heard).toBeGreaterThan(3);
    // A busy machine may be silent for a second: then the socket is asked for a sign of life, and stays.
    expect([...statuses].filter((status) => status !== 'online')).toEqual([]);
    expect(server.counts('alice').opened).toBe(1);
  });

  it('C5: a session recovers although nothing reports that the network is back', async () => {
    const { server, client: create } = await startWorld();
    const environment = new Device();
    const client = create({ environment });
    await client.connectUser(alice).orThrow();
    const down = server.faults.cause({ type: 'refuseUpgrade', times: 'untilLifted' });
    environment.change('offline');
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'offline');
    down.lift();
    await until(client, 'online');
  });

  it('C6: airplane mode, background, foreground, airplane mode off: connects', async () => {
    const { client: create } = await startWorld();
    const environment = new Device();
    const client = create({
      environment,
      timing: { offlineRetryMs: minute, backoffBaseMs: minute, backoffCapMs: minute },
    });
    const { connectionId } = await client.connectUser(alice).orThrow();
    environment.change('offline');
    environment.change('frozen');
    expect(client.getSnapshot().status).toBe('suspended');
    environment.change('thawed');
    expect(client.getSnapshot().status).toBe('offline');
    environment.change('online');
    const online = await until(client, 'online');
    expect(online.connectionId).not.toBe(connectionId);
  });

  it('C8: offline while the socket is opening: it connects when the network is back', async () => {
    const { server, client: create } = await startWorld();
    const environment = new Device();
    const client = create({ environment, timing: { offlineRetryMs: minute } });
    const held = server.faults.cause({ type: 'withholdHello' });
    const connecting = client.connectUser(alice);
    await server.until(() => held.state.held === 1);
    environment.change('offline');
    expect(client.getSnapshot().status).toBe('offline');
    held.lift();
    environment.change('online');
    expect(await connecting).toMatchObject({ success: true });
    expect(server.counts('alice').highestOpen).toBe(1);
  });

  it('C10: a device that says it is online all the time changes nothing: attempts go on', async () => {
    const { server, client: create } = await startWorld();
    const client = create({ environment: new Device() });
    const down = server.faults.cause({ type: 'refuseUpgrade', times: 3 });
    expect(await client.connectUser(alice)).toMatchObject({ success: true });
    expect(down.state.hits).toBe(3);
  });

  it("C11: a captive portal's page on the socket fails the attempt, and the next one connects", async () => {
    const { server, client: create, diagnostics } = await startWorld();
    const client = create();
    server.faults.cause({ type: 'spoilHello', frame: { kind: 'text', text: '<html>Welcome to the airport</html>' } });
    const connecting = client.connectUser(alice);
    const waiting = await until(client, 'waiting');
    expect(waiting.error).toMatchObject({ code: 'badFrame' });
    expect(await connecting).toMatchObject({ success: true });
    server.faults.cause({ type: 'sendFrame', frame: { kind: 'text', text: '<html>Log in again</html>' } });
    await expect.poll(() => diagnostics.filter(({ source }) => source === 'server').length).toBe(1);
    expect(client.getSnapshot().status).toBe('online');
  });

  it('a stream of bad frames is no stream of reports: the 1st, 10th and 100th are passed on, with their number', async () => {
    const { server, client: create, diagnostics } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    for (let sent = 0; sent < 120; sent += 1) {
      server.faults.cause({ type: 'sendFrame', frame: { kind: 'text', text: '<html>Log in again</html>' } });
    }
    const counts = () => diagnostics.filter(({ failure }) => failure.code === 'badFrame').map(({ count }) => count);
    await expect.poll(() => counts().length).toBe(3);
    expect(counts()).toEqual([1, 10, 100]);
    expect(client.getSnapshot().status).toBe('online');
  });

  it('C12: a first frame that is not JSON but says `token invalid` makes a token refresh', async () => {
    const { server, client: create, provider } = await startWorld();
    const tokenProvider = provider();
    const client = create({ tokenProvider });
    server.faults.cause({ type: 'spoilHello', frame: { kind: 'text', text: 'token invalid' } });
    expect(await client.connectUser(alice)).toMatchObject({ success: true });
    expect(tokenProvider.calls()).toBe(2);
  });

  it('laws 7, 8: a text that only mentions tokens ends no session, also not one with a static token', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const frame = { kind: 'text', text: 'Internal error: token bucket exhausted, retry later' } as const;
    server.faults.cause({ type: 'spoilHello', frame });
    const connecting = client.connectUser(alice, await server.createToken('alice'));
    expect((await until(client, 'waiting')).error).toMatchObject({ code: 'badFrame' });
    expect(await connecting).toMatchObject({ success: true });
  });

  it('C14: on waking from an hour of sleep a dead socket is found', async () => {
    const { server, client: create } = await startWorld();
    let sleptMs = 0;
    const client = create({
      timing: { pingIntervalMs: 25_000 * 0.02, probeTimeoutMs: 100 },
      clock: {
        setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
        clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
        now: () => Date.now() + sleptMs,
      },
    });
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'goSilent', on: 'open' });
    sleptMs = 60 * minute;
    expect((await until(client, 'waiting')).error).toMatchObject({ code: 'wentSilent' });
    await until(client, 'online');
  });

  it('C15: in the background retries are spaced out; the foreground connects soon, unless logged out', async () => {
    const { server, client: create } = await startWorld();
    const environment = new Device();
    const client = create({ environment, timing: { backgroundRetryMs: minute } });
    await client.connectUser(alice).orThrow();
    environment.change('background');
    server.faults.cause({ type: 'dropSockets' });
    const waiting = await until(client, 'waiting');
    expect((waiting.nextAttemptAt ?? 0) - Date.now()).toBeGreaterThan(5_000);
    environment.change('foreground');
    await until(client, 'online');
    await client.disconnect().orThrow();
    expect(environment.listeners).toBe(0);
    environment.change('foreground');
    expect(client.getSnapshot().status).toBe('loggedOut');
    await server.until(() => server.counts('alice').openNow === 0);
    expect(server.counts('alice').opened).toBe(2);
  });

  it('C16: a frozen page holds no socket; it reconnects when thawed, but not when the app had suspended it', async () => {
    const { server, client: create } = await startWorld();
    const environment = new Device();
    const client = create({ environment });
    await client.connectUser(alice).orThrow();
    environment.change('frozen');
    await server.until(() => server.counts('alice').openNow === 0);
    environment.change('thawed');
    await until(client, 'online');
    await client.suspend();
    environment.change('frozen');
    environment.change('thawed');
    expect(client.getSnapshot().status).toBe('suspended');
    await server.until(() => server.counts('alice').openNow === 0);
    expect(server.counts('alice').opened).toBe(2);
  });

  it('C17: a suspended session connects by resume, and by a login of the same user', async () => {
    const { client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    await client.suspend();
    await client.resume();
    await until(client, 'online');
    await client.suspend();
    expect(await client.connectUser(alice)).toMatchObject({ success: true });
  });

  it('C19: failures of long ago do not stop later attempts', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const down = server.faults.cause({ type: 'refuseUpgrade', times: 'untilLifted' });
    const connecting = client.connectUser(alice);
    await until(client, ({ failedAttempts }) => failedAttempts >= 5);
    down.lift();
    expect(await connecting).toMatchObject({ success: true });
    const stable = await until(client, ({ status, failedAttempts }) => status === 'online' && failedAttempts === 0);
    expect(stable.error).toBeNull();
  });

  it('C20: no network, waiting and reconnecting are kept apart', async () => {
    const { server, client: create } = await startWorld();
    const environment = new Device();
    const client = create({ environment, timing: { ...QUICK, offlineRetryMs: minute } });
    await client.connectUser(alice).orThrow();
    const seen: string[] = [];
    client.subscribe(({ status }) => seen.at(-1) !== status && seen.push(status));
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    await until(client, 'online');
    server.faults.cause({ type: 'goSilent', on: 'open' });
    environment.change('offline');
    await until(client, 'offline');
    expect(client.getSnapshot().can.retryNow).toBe(true);
    expect(seen).toEqual(['waiting', 'reconnecting', 'online', 'offline']);
  });
});
