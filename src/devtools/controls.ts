import type { InspectionEvent } from 'xstate';
import type { Socket } from '../actors/dependencies.ts';
import { defaultSocket } from '../client/default-socket.ts';
import type { ChatClientOptions, WebSocketClass } from '../client/options.ts';
import { browserEnvironment } from '../environment/browser.ts';
import type { Environment, EnvironmentChange } from '../environment/environment.ts';
import { OwnError } from '../errors.ts';
import { assertFit, isObject, OBJECT } from '../input.ts';
import type { Frame, Login, Protocol, ProtocolConnection, WireData } from '../protocol/protocol.ts';

/** What a developer can do to the surroundings of a client. */
type Controls = ReturnType<typeof trackSockets>['controls'] & ReturnType<typeof switchNetwork>['controls'];

const controlsByActor = new WeakMap<object, Controls>();

/** The controls of the client with this actor; `null` for one that was created without {@link withDevtools}. */
export const controlsOf = (actor: object): Controls | null => controlsByActor.get(actor) ?? null;

/**
 * Options with which the panel can act on the client: its socket class, `fetch`, environment, inspector and own protocol
 * are wrapped. For development only.
 *
 * @throws SessionError `invalidArgument` for what is no object of options.
 */
export function withDevtools<P extends Protocol<never>, Given extends ChatClientOptions = ChatClientOptions>(
  options: Given & { readonly protocol: P },
): Given & { readonly protocol: P };
export function withDevtools(options: ChatClientOptions): ChatClientOptions;
export function withDevtools(options: ChatClientOptions): ChatClientOptions {
  assertFit('options', options, OBJECT);
  const { protocol } = options;
  const network = switchNetwork(options.environment ?? browserEnvironment());
  const { isOffline } = network.controls;
  const sockets = trackSockets(options.WebSocket, isOffline);
  return {
    ...options,
    protocol: isObject(protocol) ? withExpiry(protocol) : protocol,
    WebSocket: sockets.WebSocket,
    environment: network.environment,
    async fetch(...args) {
      if (isOffline()) throw new TypeError('The devtools have switched the network off.');
      return (options.fetch ?? globalThis.fetch)(...args);
    },
    inspect(inspection: InspectionEvent) {
      if (inspection.type === '@xstate.actor') {
        controlsByActor.set(inspection.actorRef, { ...network.controls, ...sockets.controls });
      }
      const { inspect } = options;
      if (typeof inspect === 'function') inspect(inspection);
      else inspect?.next?.(inspection);
    },
  };
}

function trackSockets(given: WebSocketClass | undefined, isOffline: () => boolean) {
  let open: Socket | null = null;
  const WebSocket = function openTracked(...args: [string, ...never[]]): Socket {
    // Read when the first socket opens, as the client does it: building a client touches nothing.
    const Class = given ?? defaultSocket();
    if (Class === undefined) throw new OwnError('this platform has no WebSocket');
    const socket = new Class(...args);
    let deliver: Socket['onmessage'] = null;
    // A socket without a network stays open, and nothing comes through it.
    Object.defineProperty(socket, 'onmessage', {
      get: () => deliver,
      set(handler: Socket['onmessage']) {
        deliver = handler && ((event) => !isOffline() && handler(event));
        Reflect.set(Class.prototype, 'onmessage', deliver, socket);
      },
    });
    open = socket;
    return socket;
  } as unknown as WebSocketClass;
  return {
    WebSocket,
    controls: {
      /** Closes the open socket as a lost connection would. */
      dropConnection: () => open?.close(4000, 'dropped by the devtools'),
      /** The client receives what a server sends that calls the token expired (code 40), by whatever protocol. */
      expireToken: () => open?.onmessage?.({ data: EXPIRED } as never),
    },
  };
}

const MESSAGE = 'The token expired (by the devtools).';
const EXPIRED = JSON.stringify({ error: { code: 40, message: MESSAGE, StatusCode: 401 } });
const REFUSED: Frame = { kind: 'error', verdict: { meaning: 'tokenExpired', message: MESSAGE } };

/** `protocol`, to which {@link EXPIRED} means what it does to the default one. */
function withExpiry(protocol: Protocol<never>): Protocol<never> {
  const connect = (login: Login): ProtocolConnection => {
    const connection = protocol.connect(login);
    if (!isObject(connection)) return connection;
    const decode = (data: WireData): Frame | readonly Frame[] => (data === EXPIRED ? REFUSED : connection.decode(data));
    return replacing(connection, 'decode', decode);
  };
  return replacing(protocol, 'connect', connect);
}

/** `target` with another member. Its methods run on itself: they may use private members. */
function replacing<Target extends object>(target: Target, name: keyof Target, value: unknown): Target {
  // Of an object of its own, because a frozen target insists on its members.
  return new Proxy({} as Target, {
    get(_, key) {
      const member: unknown = key === name ? value : Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function switchNetwork(real: Environment) {
  let isOff = false;
  const listeners = new Set<(change: EnvironmentChange) => void>();
  const environment: Environment = {
    read: () => {
      const reading = real.read();
      return isOff ? { ...reading, online: false } : reading;
    },
    subscribe(listener) {
      listeners.add(listener);
      const stop = real.subscribe((change) => {
        if (change !== 'online' || !isOff) listener(change);
      });
      return () => {
        listeners.delete(listener);
        stop();
      };
    },
  };
  return {
    environment,
    controls: {
      isOffline: () => isOff,
      /** The device reports that it has no network, or has one again; until then nothing arrives, and requests fail. */
      setOffline(next: boolean): void {
        isOff = next;
        if (!next && real.read().online === false) return;
        for (const listener of listeners) listener(next ? 'offline' : 'online');
      },
    },
  };
}
