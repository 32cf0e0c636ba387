import { expect, it, onTestFinished, vi } from 'vitest';
import { createActor } from 'xstate';
import { DEFAULT_TIMING, sessionMachine, studio, type WebSocketClass } from '../../../src/index.ts';

const input = { timing: DEFAULT_TIMING, restorable: true, seed: 1, online: true, foreground: true };

function actorOf(inspect: ReturnType<typeof studio>) {
  const actor = createActor(sessionMachine, { input, inspect });
  onTestFinished(() => void actor.stop());
  return actor;
}

it('studio() on a platform without a WebSocket says so, once, and where to get one', () => {
  vi.stubGlobal('WebSocket', undefined);
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  onTestFinished(() => {
    vi.unstubAllGlobals();
    warn.mockRestore();
  });
  const inspect = studio();
  expect(warn).not.toHaveBeenCalled();
  const actor = actorOf(inspect).start();
  actor.send({ type: 'network.wentOffline' });
  actor.send({ type: 'network.cameOnline' });
  actor.stop();
  expect(warn).toHaveBeenCalledTimes(1);
  expect(String(warn.mock.calls[0]?.[0])).toContain('sessionchart/node');
});

/** A studio that is there: what it has received on each socket, as type and session. */
function listeningStudio() {
  const received: string[][] = [];
  const addresses: string[] = [];
  const sockets: { readyState: number; onopen?: () => void; onclose?: () => void }[] = [];
  class Socket {
    readyState = 0;
    onopen?: () => void;
    onclose?: () => void;
    readonly frames: string[] = [];
    constructor(address: string) {
      addresses.push(address);
      received.push(this.frames);
      sockets.push(this);
    }
    send(text: string) {
      const { type, sessionId } = JSON.parse(text) as { readonly type: string; readonly sessionId: string };
      this.frames.push(`${type} ${sessionId}`);
    }
    close() {
      this.readyState = 3;
      this.onclose?.();
    }
  }
  const accept = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) return;
    socket.readyState = 1;
    socket.onopen?.();
  };
  return { received, addresses, accept, sockets, WebSocket: Socket as unknown as WebSocketClass };
}

it('a session that is never started is not shown, neither at once nor to a studio that is found later', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { received, accept, sockets, WebSocket } = listeningStudio();
  const inspect = studio({ WebSocket });
  const create = () => actorOf(inspect);
  const unused = create();
  const first = create().start();
  accept();
  const about = ({ sessionId }: { readonly sessionId: string }, index: number) =>
    received[index]?.filter((frame) => frame.endsWith(` ${sessionId}`));
  expect(about(first, 0)?.[0]).toBe(`@xstate.actor ${first.sessionId}`);
  const second = create();
  expect([about(unused, 0), about(second, 0)]).toEqual([[], []]);
  const ofFirst = about(first, 0);
  second.start();
  expect(about(second, 0)?.[0]).toBe(`@xstate.actor ${second.sessionId}`);
  expect(about(second, 0)).toContain(`@xstate.snapshot ${second.sessionId}`);
  second.send({ type: 'network.wentOffline' });
  expect(about(first, 0)).toEqual(ofFirst);
  sockets[0]?.onclose?.();
  vi.setSystemTime(Date.now() + 60_000);
  first.send({ type: 'network.wentOffline' });
  accept();
  expect(about(unused, 1)).toEqual([]);
  for (const shown of [first, second]) expect(about(shown, 1)?.[0]).toBe(`@xstate.actor ${shown.sessionId}`);
});

it('keeps what a studio needs that is found late: the sessions that run, and the newest of their events', () => {
  const { received, accept, sockets, WebSocket } = listeningStudio();
  const inspect = studio({ WebSocket });
  const create = () => actorOf(inspect);
  const over = create().start();
  over.stop();
  const running = Array.from({ length: 22 }, () => create().start());
  accept();
  const has = ({ sessionId }: { readonly sessionId: string }) =>
    received.at(-1)?.some((frame) => frame.endsWith(` ${sessionId}`));
  expect([over, ...running].map(has)).toEqual([false, false, false, ...running.slice(2).map(() => true)]);
  expect(running.filter(has)).toHaveLength(20);

  sockets[0]?.onclose?.();
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  vi.setSystemTime(Date.now() + 60_000);
  for (let sent = 0; sent < 3_000; sent += 1) {
    running[21]?.send({ type: sent % 2 === 0 ? 'network.wentOffline' : 'network.cameOnline' });
  }
  accept();
  expect(running.slice(2).map(has)).toEqual(running.slice(2).map(() => true));
  const events = received.at(-1)?.filter((frame) => !frame.startsWith('@xstate.actor')) ?? [];
  expect(events.length).toBeGreaterThanOrEqual(5_000);
  expect(events.length).toBeLessThanOrEqual(5_500);
  expect(events.at(-1)).toBe(`@xstate.snapshot ${running[21]?.sessionId}`);
});

it('a studio that is found when the session is over is shown all of it, and left', () => {
  const { received, accept, sockets, WebSocket } = listeningStudio();
  const actor = actorOf(studio({ WebSocket })).start();
  actor.send({ type: 'network.wentOffline' });
  actor.stop();
  accept();
  expect(received).toHaveLength(1);
  expect(received[0]?.[0]).toBe(`@xstate.actor ${actor.sessionId}`);
  expect(sockets[0]?.readyState).toBe(3);
});

it('tries again with an event after 1, 2, 4 s and so on up to a minute, with one socket at a time', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { sockets, accept, WebSocket } = listeningStudio();
  const actor = actorOf(studio({ WebSocket })).start();
  const opened = (afterMs: number) => {
    vi.setSystemTime(Date.now() + afterMs);
    actor.send({ type: 'network.wentOffline' });
    return sockets.length;
  };
  expect(opened(120_000)).toBe(1);
  const pauses = [60_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
  let count = 1;
  for (const pauseMs of pauses) {
    sockets.at(-1)?.onclose?.();
    if (count > 1) expect(opened(pauseMs - 1)).toBe(count);
    count += 1;
    expect(opened(1)).toBe(count);
  }
  accept();
  sockets.at(-1)?.onclose?.();
  expect(opened(60_000)).toBe(count + 1);
  sockets.at(-1)?.onclose?.();
  expect(opened(1_000)).toBe(count + 2);
});

it.each([
  [{}, 'ws://127.0.0.1:8789/'],
  [{ url: 'ws://studio.example:1/' }, 'ws://studio.example:1/'],
  [{ url: 'ws://studio.example', name: 'my bot' }, 'ws://studio.example/?name=my%20bot'],
])('%j is %s', (options, address) => {
  const { addresses, WebSocket } = listeningStudio();
  actorOf(studio({ ...options, WebSocket })).start();
  expect(addresses).toEqual([address]);
});
