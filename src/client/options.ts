import type { InspectionEvent, Observer } from 'xstate';
import type { Guests, Socket, SocketFactory } from '../actors/dependencies.ts';
import { openInPage } from '../actors/page-policy.ts';
import type { Clock } from '../clock.ts';
import type { ReportDiagnostic } from '../diagnostics.ts';
import type { Environment } from '../environment/environment.ts';
import type { Protocol } from '../protocol/protocol.ts';
import type { UserRepository } from '../repository/repository.ts';
import type { Timing } from '../timing.ts';
import type { TokenSource } from '../token/source.ts';
import { defaultSocket, openNatively } from './default-socket.ts';
import type { Requests } from './requests/index.ts';

/** A WebSocket class: the platform's own, or `WebSocket` of the `ws` package. A double calls its `on…` handlers. */
export type WebSocketClass = new (url: string, ...rest: never[]) => Socket;

export type Inspect = Observer<InspectionEvent> | ((event: InspectionEvent) => void);

/** Durations to change, in milliseconds. */
export type TimingOptions = { readonly [Name in keyof Timing]?: Timing[Name] | undefined };

/** A member that is `undefined` counts as left out. */
export interface ChatClientOptions {
  /** How the client speaks to the backend. Default: the protocol that `createChatClient` makes of `apiKey`, `baseUrl` and `clientName`. */
  readonly protocol?: Protocol<never> | undefined;
  /** The key of the app at the backend. Required, unless `protocol` is given. */
  readonly apiKey?: string | undefined;
  /** Where the backend of the default protocol is: `http(s)://host[:port][/path]`. Default: the protocol's own. Has no effect together with `protocol`. */
  readonly baseUrl?: string | undefined;
  /**
   * Where tokens come from when `connectUser` is called without one. Without it no user can be restored, because a
   * restored session needs a new token. It is asked once per login, before a token expires, and after the server
   * refused one; not on every reconnect.
   */
  readonly tokenProvider?: TokenSource | undefined;
  /** Where the logged-in user is kept. Default: memory, which does not survive the process. */
  readonly userRepository?: UserRepository | undefined;
  /** What `client.request()` works with. `createProtocolClient` has none unless `requests` of `sessionchart` is passed. */
  readonly requests?: Requests | undefined;
  /** What `client.connectGuestUser()` works with. `createProtocolClient` has none unless `guests` is passed. */
  readonly guests?: Guests | undefined;
  /** Reports network and visibility. Default: the browser's events where there is a window; nothing elsewhere. */
  readonly environment?: Environment | undefined;
  /**
   * Default: the platform's `WebSocket`, looked up when the client is first used. On Node it is the class of the `ws`
   * package, unless the global class was replaced; from Node 22 on, looking that up takes 10 ms. A class that reconnects by
   * itself (`reconnecting-websocket`) may be passed, too: an instance is closed when its first connection ends.
   */
  readonly WebSocket?: WebSocketClass | undefined;
  /** Given to the WebSocket class as its third argument: `agent` and `headers` for `ws`. */
  readonly webSocketOptions?: object | undefined;
  /** Default: the platform's `fetch`, looked up when the client is first used. Another implementation takes only its own `FormData`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Durations to change, in milliseconds. */
  readonly timing?: TimingOptions | undefined;
  /** The name of this client at the backend of the default protocol. Default `sessionchart`. */
  readonly clientName?: string | undefined;
  /**
   * Whether mistakes of the app are also written to the console, in development builds (`NODE_ENV` is not `production`): a
   * failed call whose result is not read by the time it fails, the first error that a listener throws, and a repository
   * that is bound to another API key. Default `true`. The client writes nothing else there.
   */
  readonly warnings?: boolean | undefined;
  /** Receives everything that went wrong, with its level. Default: none. */
  readonly onDiagnostic?: ReportDiagnostic | undefined;
  /** Sees every event of the chart and its actors, for instance the `inspect` of `@statelyai/inspect`. It can watch, not act. */
  readonly inspect?: Inspect | undefined;
  /** For tests. Default: the platform's clock. */
  readonly clock?: Clock | undefined;
  /** For tests: the seed of every random delay, a 32-bit integer. Default: random, drawn when the client is first used. */
  readonly seed?: number | undefined;
}

/** What a client has whose options do not name it. */
export interface Defaults extends Pick<ChatClientOptions, 'requests' | 'guests'> {
  protocol(options: ChatClientOptions): Protocol<object>;
}

/** What comes from the platform where the app does not give it. */
export interface Platform {
  /** `null` where the platform has no WebSocket: a server may still render with the client, but not connect. */
  readonly sockets: SocketFactory | null;
  readonly fetch: typeof globalThis.fetch;
  readonly seed: number;
}

/** Looks up what the options do not give. Called when the session is first used, so that polyfills count until then. */
export function platformOf({ WebSocket, webSocketOptions, seed }: ChatClientOptions): Platform {
  return {
    sockets: socketFactory(WebSocket ?? defaultSocket(), webSocketOptions),
    fetch: platformFetch(),
    seed: seed ?? Math.floor(Math.random() * 2 ** 32),
  };
}

function socketFactory(Class: WebSocketClass | undefined, options: object | undefined): SocketFactory | null {
  if (Class === undefined) return null;
  return (request) => {
    const native = options === undefined ? openNatively(Class, request) : null;
    if (native !== null) return native;
    const { url, subprotocols, headers } = request;
    if (options !== undefined || headers !== undefined) {
      const all = { ...(options as { readonly headers?: object } | undefined)?.headers, ...headers };
      return new Class(url, (subprotocols ?? []) as never, { ...options, headers: all } as never);
    }
    return openInPage(() => (subprotocols === undefined ? new Class(url) : new Class(url, subprotocols as never)), url);
  };
}

function platformFetch(): typeof globalThis.fetch {
  const { fetch } = globalThis;
  // Called as a method of something else, a browser's own throws.
  return (input, init) => fetch(input, init);
}
