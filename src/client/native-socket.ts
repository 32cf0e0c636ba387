import type { Socket, SocketRequest } from '../actors/dependencies.ts';
import { hasMethods } from '../input.ts';
import type { WebSocketClass } from './options.ts';

/*
 * Node's own WebSocket has no `terminate()`: after a `close()` to which the server does not respond it keeps its
 * connection, and with it the process (laws 1 and 2). It takes a dispatcher, through which its connection is seen when it
 * is made, and can be ended.
 */

/**
 * In the place of Node's and Deno's own class, which cannot be given up: `substitute`. A double or a polyfill has none of the
 * words of their source (Deno's is minified), and is taken as it is.
 */
export function classOnNode(own: WebSocketClass | undefined, substitute: WebSocketClass): WebSocketClass {
  const isNative = own === undefined || /\bwebidl\b|\.brand\]/.test(Function.prototype.toString.call(own));
  return isNative ? substitute : own;
}

interface Connection {
  destroy(): unknown;
}

type NativeClass = new (url: string, options: object) => Socket;

/** A socket of the platform's own class that can be ended; `null` where the platform is not Node, or the class is another. */
export function openNative(Class: unknown, { url, subprotocols, headers }: SocketRequest): Socket | null {
  const inner: unknown = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'));
  if (Class !== globalThis.WebSocket || !hasMethods(inner, 'dispatch')) return null;
  let connection: Connection | null = null;
  const dispatcher = {
    dispatch: (options: unknown, handler: object) =>
      inner.dispatch(
        options,
        watched(handler, (made) => (connection = made)),
      ),
  };
  try {
    const socket = new (Class as unknown as NativeClass)(url, { protocols: subprotocols ?? [], dispatcher, headers });
    return Object.defineProperty(socket, 'terminate', {
      value: () => (connection === null ? socket.close() : connection.destroy()),
    });
  } catch {
    // Another class in its place (jsdom's) takes no options.
    return null;
  }
}

/**
 * The handler of a request, which hands the connection on when the upgrade is done; where it is refused, what ends the
 * response, whose body may not end (Node 24 and later read that of a 401 for ever).
 */
function watched(handler: object, onConnection: (connection: Connection) => void): object {
  let abort = () => {};
  return new Proxy(handler, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]) => {
        const [first] = args;
        if (name === 'onConnect') abort = first as typeof abort;
        // A controller, from undici 8 on.
        if (hasMethods(first, 'abort')) abort = () => first.abort();
        const connection = args.find((arg) => hasMethods(arg, 'destroy', 'write'));
        // The status of a response, not of a 103, which one follows.
        const isRefused = args.some((arg) => typeof arg === 'number' && arg >= 200);
        if (connection !== undefined) onConnection(connection);
        else if (isRefused) onConnection({ destroy: abort });
        return Reflect.apply(member, target, args);
      };
    },
  });
}
