import { expect, it, onTestFinished, vi } from 'vitest';
import { createActor } from 'xstate';
import { DEFAULT_TIMING, sessionMachine, studio, type WebSocketClass } from '../../../src/index.ts';

const input = { timing: DEFAULT_TIMING, restorable: true, seed: 1, online: true, foreground: true };

it('studio() on a platform without a WebSocket says so, once, and where to get one', () => {
  vi.stubGlobal('WebSocket', undefined);
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  onTestFinished(() => {
    vi.unstubAllGlobals();
    warn.mockRestore();
  });
  const inspect = studio();
  expect(warn).not.toHaveBeenCalled();
  const actor = createActor(sessionMachine, { input, inspect });
  actor.start();
  actor.send({ type: 'network.wentOffline' });
  actor.send({ type: 'network.cameOnline' });
  actor.stop();
  expect(warn).toHaveBeenCalledTimes(1);
  expect(String(warn.mock.calls[0]?.[0])).toContain('sessionchart/node');
});

/** A studio that is there: what it has received on each socket, as type and session. */
function listeningStudio() {
  const received: string[][] = [];
  const sockets: { readyState: number; onopen?: () => void; onclose?: () => void }[] = [];
  class Socket {
    readyState = 0;
    onopen?: () => void;
    onclose?: () => void;
    readonly frames: string[] = [];
    constructor() {
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
  return { received, accept, sockets, WebSocket: Socket as unknown as WebSocketClass };
}

it('a session that is never started is not shown, neither at once nor to a studio that is found later', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { received, accept, sockets, WebSocket } = listeningStudio();
  const inspect = studio({ WebSocket });
  const create = () => createActor(sessionMachine, { input, inspect });
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
