import { describe, expect, it } from 'vitest';
import { fakeBackend, type Peer } from './backends.ts';
import { type Client, connect, openSocket, startClient, turn } from './harness.ts';

/*
 * Silence and pings, by exact time. The clock goes from deadline to deadline, as timers of a platform would.
 */

const second = 1_000;

/** Lets `ms` pass; the server responds every ping, unless it is silent. */
async function pass(client: Client, ms: number, peer?: Peer): Promise<void> {
  for (let passed = 0; passed < ms; passed += second) {
    const before = peer?.received.length ?? 0;
    await client.clock.advance(second);
    if (peer !== undefined && peer.received.length > before) peer.say({ type: 'health.check', connection_id: 'c1' });
    await turn();
  }
}

const start = () => startClient({ backend: fakeBackend() });

describe('liveness', () => {
  it('C2: silence is reported exactly when it has lasted the ping interval', async () => {
    const client = start();
    await connect(client);
    await pass(client, 24 * second);
    expect(client.factsOf('socket.wentSilent')).toEqual([]);
    await pass(client, second);
    expect(client.factsOf('socket.wentSilent')).toEqual([{ type: 'socket.wentSilent', attempt: 2 }]);
  });

  it('C2: it is reported again when the socket goes quiet again, and when it stays quiet', async () => {
    const client = start();
    const peer = await connect(client);
    await pass(client, 25 * second);
    peer.say({ type: 'message.new' });
    await turn();
    expect(client.factsOf('probe.passed')).toEqual([{ type: 'probe.passed', attempt: 2, byFrame: true }]);
    await pass(client, 25 * second);
    expect(client.factsOf('socket.wentSilent')).toHaveLength(2);
    await pass(client, 25 * second);
    expect(client.factsOf('socket.wentSilent')).toHaveLength(3);
  });

  it('pings as the array form, for ever, and an answered ping keeps an idle socket from being probed', async () => {
    const client = start();
    const peer = await connect(client);
    await pass(client, 200 * second, peer);
    expect(peer.received).toHaveLength(10);
    expect(peer.received[0]).toEqual([{ type: 'health.check', client_id: expect.stringMatching(/^alice--id-\d+$/) }]);
    expect(client.factsOf('socket.wentSilent')).toEqual([]);
    expect(client.factsOf('probe.passed')).toEqual([]);
  });

  it('C4: messages keep the socket alive, and do not starve the ping', async () => {
    const client = start();
    const peer = await connect(client);
    for (let round = 0; round < 20; round += 1) {
      await pass(client, 5 * second);
      peer.say({ type: 'message.new' });
    }
    expect(client.factsOf('socket.wentSilent')).toEqual([]);
    expect(peer.received).toHaveLength(5);
  });

  it('C14, C17: an hour of sleep is noticed with the first tick after waking', async () => {
    const client = start();
    const peer = await connect(client);
    await pass(client, 5 * second, peer);
    client.clock.sleep(3_600 * second);
    await client.clock.step();
    expect(client.factsOf('socket.wentSilent')).toHaveLength(1);
    expect(peer.received).toHaveLength(1);
  });

  it('a wall clock that is set back stops neither pings nor the watch', async () => {
    const client = start();
    const peer = await connect(client);
    client.wall.offsetMs = -7_200 * second;
    await pass(client, 30 * second);
    expect(peer.received.length).toBeGreaterThan(0);
    expect(client.factsOf('socket.wentSilent')).toHaveLength(1);
  });

  it('a ping that was asked for goes out at once, and whatever comes next is reported', async () => {
    const client = start();
    const peer = await connect(client);
    client.send({ type: 'socket.ping', attempt: 1 });
    expect(peer.received).toHaveLength(0);
    client.send({ type: 'socket.ping', attempt: 2 });
    expect(peer.received).toHaveLength(1);
    peer.say('even nonsense is a sign of life');
    peer.say({ type: 'health.check' });
    await turn();
    expect(client.factsOf('probe.passed')).toHaveLength(1);
  });

  it('a socket that cannot be written to any more is lost', async () => {
    const backend = fakeBackend();
    const client = startClient({ backend });
    await connect(client);
    const socket = backend.made[0];
    if (socket !== undefined) {
      socket.send = () => {
        throw new Error('EPIPE');
      };
    }
    client.send({ type: 'socket.ping', attempt: 2 });
    await turn();
    expect(client.factsOf('socket.lost')).toMatchObject([{ failure: { code: 'connectionLost' } }]);
    expect(client.clock.running).toBe(0);
  });

  it('law 2: there is one timer while greeted, and none before and after', async () => {
    const client = start();
    const peer = await openSocket(client);
    expect(client.clock.running).toBe(0);
    peer.say({ type: 'health.check', connection_id: 'c1', me: { id: 'alice' } });
    await turn();
    expect(client.clock.running).toBe(1);
    client.send({ type: 'session.end' });
    expect(client.clock.running).toBe(0);
  });
});
