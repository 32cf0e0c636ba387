import { type AddressInfo, createServer, type Socket as TcpSocket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { SingleSocket, type SocketOwner } from '../../../src/actors/client/single-socket.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { type FakeBackend, FakeSocket, fakeBackend } from './backends.ts';
import { turn, until } from './harness.ts';

/*
 * Law 1 at its source, with the states that a server cannot bring about: a socket that is still opening, one that never
 * says that it closed, one that throws.
 */

function owner(log: string[], name: string, url: string | null = `ws://any/${name}`): SocketOwner {
  return {
    request: () => (url === null ? null : { url }),
    onOpen: () => log.push(`${name} opened`),
    onMessage: () => void log.push(`${name} received`),
    onEnd: ({ code, reason }) => log.push(`${name} ended ${code}${reason}`),
  };
}

function setUp() {
  const clock = new VirtualClock(0);
  const backend: FakeBackend = fakeBackend();
  backend.opensLater = true;
  const log: string[] = [];
  const slot = new SingleSocket(backend.sockets, clock, 1_000);
  const live = () => backend.made.filter(({ readyState }) => readyState < 3).length;
  return { clock, backend, log, slot, live };
}

function deliver(socket: FakeSocket | undefined, data: unknown): void {
  (socket?.onmessage as ((event: object) => void) | null | undefined)?.({ data });
}

describe('law 1: the socket slot', () => {
  it('closes a socket that is still opening before it opens the next', async () => {
    const { backend, log, slot, live, clock } = setUp();
    slot.open(owner(log, 'first'));
    await turn();
    slot.open(owner(log, 'second'));
    expect(backend.made).toHaveLength(1);
    await turn();
    expect(backend.made).toHaveLength(2);
    expect(live()).toBe(1);
    backend.made[1]?.open();
    expect(log).toEqual(['second opened']);
    expect(clock.running).toBe(0);
  });

  it('makes nothing when the order is taken back, or the address is', async () => {
    const { backend, log, slot } = setUp();
    slot.open(owner(log, 'first'));
    slot.close(() => log.push('empty'));
    await turn();
    slot.open(owner(log, 'second', null));
    await turn();
    expect(backend.made).toHaveLength(0);
    expect(log).toEqual(['empty']);
  });

  it('calls back the one who asked last for the end', async () => {
    const { backend, log, slot } = setUp();
    slot.open(owner(log, 'first'));
    await turn();
    backend.made[0]?.open();
    slot.close(() => log.push('empty'));
    slot.close(() => log.push('empty again'));
    slot.close();
    await turn();
    expect(log).toEqual(['first opened', 'empty again']);
  });

  it('an error without a close is the end anyway, a second later', async () => {
    const { backend, clock, log, slot } = setUp();
    slot.open(owner(log, 'first'));
    await turn();
    const socket = backend.made[0];
    socket?.complain();
    expect(log).toEqual([]);
    await clock.advance(1_000);
    expect(log).toEqual(['first ended 1006']);
    slot.open(owner(log, 'second'));
    await turn();
    expect(backend.made).toHaveLength(2);
    socket?.say('late');
    socket?.end(1000);
    expect(log).toEqual(['first ended 1006']);
  });

  it('ends after what arrived before the close, also where that has to be read first', async () => {
    const { backend, log, slot, live, clock } = setUp();
    slot.open(owner(log, 'first'));
    await turn();
    const [socket] = backend.made;
    socket?.open();
    deliver(socket, new Blob(['error']));
    socket?.end(1006);
    await until(() => log.length === 3);
    expect(log).toEqual(['first opened', 'first received', 'first ended 1006']);
    expect([live(), clock.running]).toEqual([0, 0]);
  });

  it('reads a Blob also where another Promise has taken the place of the one that async functions return', async () => {
    vi.stubGlobal('Promise', class extends Promise<unknown> {});
    onTestFinished(() => void vi.unstubAllGlobals());
    const { backend, log, slot } = setUp();
    const received: unknown[] = [];
    slot.open({ ...owner(log, 'first'), onMessage: (data) => void received.push(data) });
    await turn();
    backend.made[0]?.open();
    deliver(backend.made[0], new Blob(['hello']));
    await until(() => received.length === 1);
    expect(received).toEqual([new TextEncoder().encode('hello')]);
  });

  it('law 8: what can never be read holds up the end for a second at most', async () => {
    const { backend, log, slot, clock } = setUp();
    slot.open(owner(log, 'first'));
    await turn();
    const [socket] = backend.made;
    socket?.open();
    deliver(socket, { arrayBuffer: () => new Promise(() => {}) });
    socket?.end(1011);
    await turn();
    expect(log).toEqual(['first opened']);
    await clock.advance(1_000);
    expect(log).toEqual(['first opened', 'first ended 1006']);
    expect(clock.running).toBe(0);
  });

  it('law 1: what is read only after its socket was given up leaves the next socket alone', async () => {
    const { backend, log, slot, live, clock } = setUp();
    slot.open(owner(log, 'first'));
    await turn();
    backend.made[0]?.open();
    let read = (_: ArrayBuffer) => {};
    deliver(backend.made[0], { arrayBuffer: () => new Promise<ArrayBuffer>((resolve) => (read = resolve)) });
    backend.made[0]?.end(1011);
    await clock.advance(1_000);
    slot.open(owner(log, 'second'));
    await turn();
    read(new ArrayBuffer(1));
    await turn();
    slot.open(owner(log, 'third'));
    await turn();
    await turn();
    expect([backend.made.length, live()]).toEqual([3, 1]);
    expect(log).toEqual(['first opened', 'first ended 1006']);
  });

  it('messages keep their order, also behind one that takes longer to be read than those before it', async () => {
    const { backend, log, slot } = setUp();
    slot.open({ ...owner(log, 'only'), onMessage: (data) => void log.push(String(data)) });
    await turn();
    const [socket] = backend.made;
    socket?.open();
    expect(socket).toHaveProperty('binaryType', 'arraybuffer');
    const reads: ((bytes: ArrayBuffer) => void)[] = [];
    const slow = { arrayBuffer: () => new Promise<ArrayBuffer>((resolve) => reads.push(resolve)) };
    deliver(socket, slow);
    deliver(socket, slow);
    reads[0]?.(new Uint8Array([1]).buffer);
    await turn();
    deliver(socket, 'third');
    await turn();
    reads[1]?.(new Uint8Array([2]).buffer);
    await turn();
    expect(log).toEqual(['only opened', '1', '2', 'third']);
  });

  it.each([
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['a string', 'failed', undefined],
    ['an event without an error', { error: undefined, message: '' }, undefined],
    ['an event whose message is none', { message: 1 }, undefined],
    ['an event whose error is null, as browsers make one', { error: null, message: 'failed' }, 'failed'],
    ['an event with a message alone', { error: undefined, message: 'failed' }, 'failed'],
  ])('law 11: a class that reports an error by %s', async (_, event, expected) => {
    const { backend, clock, log, slot } = setUp();
    const causes: unknown[] = [];
    slot.open({ ...owner(log, 'first'), onEnd: ({ cause }) => causes.push(cause) });
    await turn();
    Reflect.apply(backend.made[0]?.onerror as () => void, backend.made[0], event === undefined ? [] : [event]);
    await clock.advance(1_000);
    expect(causes).toEqual([expected]);
  });

  it('law 11: a socket that throws at close and terminate is given up', async () => {
    class Angry extends FakeSocket {
      override close(): void {
        throw new Error('never');
      }
      terminate(): void {
        throw new Error('never');
      }
    }
    const clock = new VirtualClock(0);
    const log: string[] = [];
    const slot = new SingleSocket(({ url }) => new Angry(url), clock, 1_000);
    slot.open(owner(log, 'first'));
    await turn();
    slot.close(() => log.push('empty'));
    await turn();
    slot.open(owner(log, 'second'));
    await turn();
    slot.giveUp();
    expect(log).toEqual(['empty']);
    expect(clock.running).toBe(0);
  });

  it.each<[what: string, property: 'onopen' | 'onmessage' | 'onclose' | 'on']>([
    ['no listener at all', 'onopen'],
    ['no listener for messages', 'onmessage'],
    ['no listener for its end', 'onclose'],
    ['no listener for a refused upgrade', 'on'],
  ])('law 1: a socket that takes %s is closed before the next opens', async (_, property) => {
    const { backend, clock, log, live } = setUp();
    const refuse = () => {
      throw new TypeError('read-only');
    };
    const strict = (socket: FakeSocket) =>
      property === 'on'
        ? Object.assign(socket, { on: refuse, terminate: () => socket.end(1006) })
        : Object.defineProperty(socket, property, { get: () => null, set: refuse });
    const slot = new SingleSocket((request) => strict(backend.sockets(request) as FakeSocket), clock, 1_000);
    for (const name of ['first', 'second']) {
      slot.open(owner(log, name));
      await turn();
      expect([live(), clock.running]).toEqual([0, 0]);
    }
    expect(log).toEqual(['first ended 1006', 'second ended 1006']);
  });

  it.each<[what: string, event: unknown, code: number]>([
    ['without an event', undefined, 1006],
    ['without a code', {}, 1006],
    ['with a code as a string', { code: '4001', reason: null }, 4001],
    ['with a reason that is no string', { code: 1011, reason: new Uint8Array(2) }, 1011],
  ])('law 11: a class that reports the close %s', async (_, event, code) => {
    const { backend, log, slot } = setUp();
    slot.open(owner(log, 'first'));
    await turn();
    const socket = backend.made[0];
    socket?.open();
    Reflect.apply(socket?.onclose as () => void, socket, event === undefined ? [] : [event]);
    expect(log).toEqual(['first opened', `first ended ${code}`]);
  });

  it('laws 1, 2: a class that connects again by itself (reconnecting-websocket, partysocket) is kept from it', async () => {
    class Reconnecting extends FakeSocket {
      isEnded = false;
      override close(code?: number): void {
        this.isEnded = true;
        super.close(code);
      }
    }
    const clock = new VirtualClock(0);
    const log: string[] = [];
    const made: Reconnecting[] = [];
    const slot = new SingleSocket(({ url }) => made[made.push(new Reconnecting(url)) - 1] as FakeSocket, clock, 1_000);
    slot.open(owner(log, 'first'));
    await turn();
    made[0]?.open();
    made[0]?.end(1006);
    expect(made[0]?.isEnded).toBe(true);
    expect(log).toEqual(['first opened', 'first ended 1006']);
  });

  it('a double without a readyState is sent to', async () => {
    const sent: unknown[] = [];
    const double = { send: (data: unknown) => sent.push(data), close: () => {} };
    const slot = new SingleSocket(() => double as never, new VirtualClock(0), 1_000);
    expect(slot.send('early')).toBe(false);
    slot.open(owner([], 'first'));
    await turn();
    expect([slot.send('frame'), sent]).toEqual([true, ['frame']]);
    slot.giveUp();
    expect(slot.send('late')).toBe(false);
  });

  it.each(['closed', 'given up'])('law 1: a socket whose class takes no close code is %s', async (how) => {
    class WithoutCode extends FakeSocket {
      override close(...given: unknown[]): void {
        if (given.length > 0) throw new Error('InvalidAccessError');
        super.close();
      }
    }
    const clock = new VirtualClock(0);
    const made: WithoutCode[] = [];
    const slot = new SingleSocket(({ url }) => made[made.push(new WithoutCode(url)) - 1] as FakeSocket, clock, 1_000);
    slot.open(owner([], 'first'));
    await turn();
    made[0]?.open();
    if (how === 'closed') slot.close();
    else slot.giveUp();
    await turn();
    expect(made[0]?.readyState).toBe(3);
    expect(clock.running).toBe(0);
  });

  it.each([
    ['closed', (slot: SingleSocket, log: string[]) => slot.close(() => log.push('empty')), ['empty']],
    ['given up', (slot: SingleSocket) => slot.giveUp(), []],
  ] as const)('a socket whose class has the slot %s from inside is not left behind', async (_, end, said) => {
    const { backend, clock, log } = setUp();
    const slot: SingleSocket = new SingleSocket(
      (request) => {
        end(slot, log);
        return backend.sockets(request);
      },
      clock,
      1_000,
    );
    slot.open(owner(log, 'first'));
    await turn();
    expect(backend.made.map(({ readyState }) => readyState)).toEqual([3]);
    expect(log).toEqual(said);
    expect(clock.running).toBe(0);
  });

  it('messages keep their order, also those that arrive inside of the handling of another', async () => {
    const { backend, log, slot } = setUp();
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    slot.open({
      ...owner(log, 'only'),
      onMessage: (data) => {
        log.push(String(data));
        if (data === 'outer') for (const inner of ['inner', 'third']) backend.made[0]?.say(inner);
        return data === 'inner' ? slow : Promise.resolve();
      },
    });
    await turn();
    backend.made[0]?.open();
    backend.made[0]?.say('outer');
    backend.made[0]?.say('fourth');
    await turn();
    release();
    await turn();
    expect(log).toEqual(['only opened', 'outer', 'inner', 'third', 'fourth']);
  });

  it.each([1, 2])(
    'a socket whose class orders the next from inside is closed before that one opens: %i',
    async (orders) => {
      const { backend, clock, log, live } = setUp();
      const slot: SingleSocket = new SingleSocket(
        (request) => {
          if (backend.made.length === 0) slot.open(owner(log, 'second'));
          else expect(live()).toBe(0);
          return backend.sockets(request);
        },
        clock,
        1_000,
      );
      for (let order = 0; order < orders; order += 1) slot.open(owner(log, 'first'));
      await turn();
      await turn();
      expect(backend.made.map(({ url }) => url)).toEqual(['ws://any/first', 'ws://any/second']);
      expect(live()).toBe(1);
    },
  );

  it('sends only where the socket is open', async () => {
    const { backend, log, slot } = setUp();
    expect(slot.send('{}')).toBe(false);
    slot.open(owner(log, 'first'));
    await turn();
    expect(slot.send('{}')).toBe(false);
    backend.made[0]?.open();
    expect(slot.send('{}')).toBe(true);
    slot.close();
    expect(slot.send('{}')).toBe(false);
    expect(backend.made[0]?.received).toEqual([{}]);
  });

  it('given up, it leaves no timer and calls no one back', async () => {
    const { backend, clock, log, slot } = setUp();
    slot.open(owner(log, 'first'));
    await turn();
    const socket = backend.made[0];
    if (socket !== undefined) socket.answersClose = false;
    socket?.open();
    slot.close(() => log.push('empty'));
    slot.giveUp();
    socket?.say('late');
    await turn();
    expect(log).toEqual(['first opened']);
    expect(clock.running).toBe(0);
  });
});

describe('law 1 on `ws`, while the handshake is not answered', () => {
  async function silentServer() {
    const connections: TcpSocket[] = [];
    let gone = 0;
    const server = createServer((socket) => {
      connections.push(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        gone += 1;
      });
      socket.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, connections, gone: () => gone };
  }

  it('a close ends it, without an error that no one listens to', async () => {
    const { url, connections, gone } = await silentServer();
    const log: string[] = [];
    const clock = new VirtualClock(0);
    const slot = new SingleSocket(({ url }) => new WebSocket(url), clock, 1_000);
    slot.open(owner(log, 'first', url));
    await until(() => connections.length === 1);
    slot.close(() => log.push('empty'));
    await until(() => log.length > 0 && gone() === 1);
    expect(log).toEqual(['empty']);
    expect(clock.running).toBe(0);
  });

  it('giving up ends it, too', async () => {
    const { url, connections, gone } = await silentServer();
    const log: string[] = [];
    const slot = new SingleSocket(({ url }) => new WebSocket(url), new VirtualClock(0), 1_000);
    slot.open(owner(log, 'first', url));
    await until(() => connections.length === 1);
    slot.giveUp();
    await until(() => gone() === 1);
    expect(log).toEqual([]);
  });

  it('a refused connection says why', async () => {
    const causes: unknown[] = [];
    const slot = new SingleSocket(({ url }) => new WebSocket(url), new VirtualClock(0), 1_000);
    slot.open({
      ...owner([], 'first', 'ws://127.0.0.1:1'),
      onEnd: ({ code, cause }) => causes.push([code, cause]),
    });
    await until(() => causes.length > 0);
    expect(causes).toMatchObject([[1006, { code: 'ECONNREFUSED' }]]);
  });
});
