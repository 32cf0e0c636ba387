import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { classOnNode, openNative } from '../../../src/client/native-socket.ts';
import type { WebSocketClass } from '../../../src/client/options.ts';
import { createChatClient, createProtocolClient } from '../../../src/index.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { jwt } from '../token/jwt.ts';

/** A copy of the module of its own: the sockets of Node are set once for a process. */
const COPY = '../../../src/client/default-socket.ts?copy';
const { defaultSocket, setPlatformSockets } = (await import(
  COPY
)) as typeof import('../../../src/client/default-socket.ts');

const Ws = class {} as unknown as WebSocketClass;
setPlatformSockets({ classFor: (own) => classOnNode(own, Ws), open: () => null });

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it.each([
  ['of Node', 'class WebSocket extends EventTarget { constructor(url) { webidl.brandCheck(this, WebSocket) } }'],
  ['of Deno', 'class WebSocket extends De{constructor(n,r){super();this[w.brand]=w.brand;'],
])("laws 1, 2: the own class %s can't be ended, so that of ws is taken", (_, source) => {
  vi.spyOn(Function.prototype, 'toString').mockReturnValue(source);
  vi.stubGlobal('WebSocket', class {});
  expect(defaultSocket()).toBe(Ws);
});

it.each([
  ['a double', 'class FakeWebSocket { close() {} }'],
  ["Bun's own", 'function WebSocket() { [native code] }'],
])('%s is taken', (_, source) => {
  const Own = class {};
  vi.spyOn(Function.prototype, 'toString').mockReturnValue(source);
  vi.stubGlobal('WebSocket', Own);
  expect(defaultSocket()).toBe(Own);
});

it('with a double that only dispatches events, the error of the login says what it lacks', async () => {
  class DispatchingDouble extends EventTarget {
    readonly readyState = 1;
    constructor() {
      super();
      queueMicrotask(() => this.dispatchEvent(new Event('open')));
    }
    send() {}
    close() {}
  }
  const clock = new VirtualClock(0);
  const client = createChatClient({
    apiKey: 'key',
    WebSocket: DispatchingDouble as unknown as WebSocketClass,
    tokenProvider: () => jwt({ user_id: 'alice' }),
    clock,
  });
  client.connectUser({ id: 'alice' }, undefined, { timeoutMs: 60_000 });
  await clock.advance(20_000);
  expect(client.getSnapshot().error).toMatchObject({
    code: 'helloTimedOut',
    remedy: expect.stringContaining('a double of WebSocket calls onopen and onmessage'),
  });
  client.dispose();
});

it.each<[string, object, object | undefined, readonly unknown[]]>([
  ['its address alone, as a page gives it', {}, undefined, []],
  ['subprotocols', { subprotocols: ['one', 'two'] }, undefined, [['one', 'two']]],
  ['the headers of the protocol', { headers: { a: '1' } }, undefined, [[], { headers: { a: '1' } }]],
  ["the app's options", {}, { agent: 7 }, [[], { agent: 7, headers: {} }]],
  [
    "the app's options, whose headers those of the protocol are added to",
    { subprotocols: ['one'], headers: { a: '1' } },
    { agent: 7, headers: { a: '0', b: '2' } },
    [['one'], { agent: 7, headers: { a: '1', b: '2' } }],
  ],
])('a class is given %s', async (_, described, webSocketOptions, expected) => {
  const given: unknown[][] = [];
  class Recording {
    constructor(...input: unknown[]) {
      given.push(input);
      throw new Error('There is no network here.');
    }
  }
  const url = 'wss://chat.example/socket';
  const client = createProtocolClient({
    protocol: { name: 'own', connect: () => ({ url, ...described, decode: () => ({ kind: 'hello' }) }) },
    WebSocket: Recording as unknown as WebSocketClass,
    webSocketOptions,
    tokenProvider: () => 'token',
    warnings: false,
  });
  void client.connectUser({ id: 'alice' }).cancel();
  await vi.waitFor(() => expect(given).toEqual([[url, ...expected]]));
  await client.dispose();
});

it('each client draws a seed of its own, so that a crowd of them does not return at the same moment', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValueOnce(0.25).mockReturnValueOnce(0.75);
  const seeds: unknown[] = [];
  for (let count = 0; count < 2; count += 1) {
    const client = createChatClient({ apiKey: 'key', WebSocket: class {} as never });
    seeds.push(client.actor.getSnapshot().context.pacing.random);
    await client.dispose();
  }
  expect(random).toHaveBeenCalledTimes(2);
  expect(seeds).toEqual([2 ** 30, (3 * 2 ** 30) | 0]);
});

const DISPATCHER = Symbol.for('undici.globalDispatcher.1');

describe('laws 1, 2: a socket of Node’s own class', () => {
  /** Connects by the dispatcher that it is given, as Node's does, and leaves what happens then to the test. */
  function openOn(handler: object) {
    const given: object[] = [];
    class NodesOwn {
      readonly closed: string[] = [];
      constructor(_: string, { dispatcher }: { dispatcher: { dispatch(options: object, handler: object): void } }) {
        dispatcher.dispatch({}, handler);
      }
      close() {
        this.closed.push('close');
      }
    }
    vi.stubGlobal('WebSocket', NodesOwn);
    // Node's own can be replaced, and not redefined.
    const before: unknown = Reflect.get(globalThis, DISPATCHER);
    Reflect.set(globalThis, DISPATCHER, { dispatch: (_: object, watched: object) => given.push(watched) });
    onTestFinished(() => void Reflect.set(globalThis, DISPATCHER, before));
    const socket = openNative(NodesOwn, { url: 'ws://backend.test' }) as unknown as NodesOwn & { terminate(): void };
    return { socket, call: given[0] as Record<string, (...args: unknown[]) => unknown> };
  }

  it('that was refused is ended with its response, whose body may not end: undici 6 and 7', () => {
    const { socket, call } = openOn({ onConnect: () => 'connect', onHeaders: () => true, onData: () => false });
    const abort = vi.fn();
    expect(call.onConnect?.(abort, {})).toBe('connect');
    call.onHeaders?.(103, [], () => {}, 'Early Hints');
    socket.terminate();
    expect([abort.mock.calls.length, socket.closed]).toEqual([0, ['close']]);
    expect(call.onHeaders?.(401, [], () => {}, 'Unauthorized')).toBe(true);
    expect(call.onData?.('x')).toBe(false);
    socket.terminate();
    expect([abort.mock.calls.length, socket.closed]).toEqual([1, ['close']]);
  });

  it('that was refused is ended with its response: undici 8', () => {
    const { socket, call } = openOn({ onRequestStart: () => {}, onResponseStart: () => {} });
    const controller = new AbortController();
    call.onRequestStart?.(controller, {});
    call.onResponseStart?.(controller, 503, {}, '');
    socket.terminate();
    expect(controller.signal.aborted).toBe(true);
  });

  it('is ended with its connection', () => {
    const { socket, call } = openOn({ onConnect: () => {}, onUpgrade: () => {} });
    const connection = { destroy: vi.fn(), write: () => {} };
    call.onConnect?.(() => expect.unreachable());
    call.onUpgrade?.(101, [], connection);
    socket.terminate();
    expect(connection.destroy).toHaveBeenCalledOnce();
  });
});
