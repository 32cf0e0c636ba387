import type { TokenTimes } from '../token/token-result.ts';
import type { Identity, User } from '../user.ts';
import type { ChatEvent } from './events.ts';
import type { Verdict } from './verdict.ts';

/*
 * How a backend is spoken to. The session decides when to log in, wait, probe and give up; a protocol only defines what the
 * bytes mean. It does no I/O, sets no timer and remembers nothing between attempts.
 *
 * A protocol needs a `name` and `connect`. All other members are for what the backend has: leave out what it lacks, and
 * the session does without it.
 *
 *   connect(login)  ─►  url, subprotocols, headers, firstFrames     what one attempt sends
 *                       decode(data)                                what the server's frames mean
 *                       ping(), encode(event)                       what is sent later
 *   checkToken      what a token must hold; without it a token is opaque
 *   closed, refused what a close code or a refused upgrade means
 *   http, guests, anonymous
 *
 * What a protocol throws or returns wrongly is reported as `protocolFailed`, by the member that is wrong, and never ends
 * the program: while connecting it fails the attempt, which is repeated later; once connected the frame is ignored. What
 * `checkToken()` and `guests` throw fails the load of the token; what `encode()` and `http.address()` throw is the failure
 * of `send()` and of `request()`. A `ping()`, or a reply to a ping, that fails ends the connection, because it cannot be kept.
 * `protocolContract()` of `sessionchart/testing` runs a protocol through everything that the session relies on.
 */
export interface Protocol<Sent extends object = never> {
  /** Names the protocol in messages, such as `graphql-ws`. */
  readonly name: string;
  /**
   * Describes one attempt to connect. Called right before the socket is made, once per attempt. The URL is asked for
   * again on every attempt, because the token in it may be a newer one.
   */
  connect(login: Login): ProtocolConnection<Sent>;
  /**
   * How often the server sends a message on an idle connection, in milliseconds, at least 1,000; silence for longer than
   * this and `timing.probeTimeoutMs` means that the connection is dead. For protocols in which the server pings by messages:
   * the ping frames of WebSocket itself (`ws.ping()`) are answered by the platform, and no program sees them. A protocol without it and without {@link ProtocolConnection.ping} can't notice a silent death: the session then relies
   * on the platform to close the socket.
   */
  readonly serverPingIntervalMs?: number | undefined;
  /**
   * What a token must hold: returns when it was issued and expires, or one sentence that names the mistake and does not
   * quote the token. `jwtTokens({ userClaim: 'sub' })` makes one for JWTs. Without it a token is opaque: any non-empty
   * string, which expires as the provider states (`{ token, expiresAtMs }`). Signature and expiry are for the server
   * to judge.
   */
  readonly checkToken?: ((token: string, user: User) => TokenTimes | string) | undefined;
  /**
   * What a close of the server means. `undefined` leaves it to the default: 1000 ends the session, 1012 and 1013 wait
   * longer, every other code means to come back.
   */
  closed?(code: number, reason: string): Verdict | undefined;
  /**
   * What it means that the server refused to open a WebSocket, on platforms that show the response (`ws`). `undefined`
   * leaves it to the default: 401 is about the token, 403 about it or a firewall; 413, 414 and 431 about the size of what was sent; 429 and
   * 503 wait as long as `Retry-After` asks.
   */
  refused?(response: RefusedUpgrade): Verdict | undefined;
  /** How HTTP calls are addressed and signed. Without it there is no `client.request`. */
  readonly http?: ProtocolHttp | undefined;
  /** How a guest is created. Without it there is no `client.connectGuestUser`. */
  readonly guests?: ProtocolGuests | undefined;
  /** Without it there is no `client.connectAnonymousUser`. */
  readonly anonymous?: {
    /** The id by which the server says hello to a user without a token. */
    readonly userId: string;
  };
}

/** What travels in one WebSocket message: a string in a text frame, bytes in a binary one. */
export type WireData = string | Uint8Array;

/** Who logs in, and with what. */
export interface Login {
  readonly identity: Identity;
  /** `null` for an anonymous user. */
  readonly token: string | null;
  /** `full` sends the whole user; `idOnly` keeps a reconnect from overwriting profile edits made meanwhile. */
  readonly profile: 'full' | 'idOnly';
  /** A new UUID. */
  createId(): string;
}

/** One attempt to connect. It may keep state, such as packet numbers: it is used for one socket. */
export interface ProtocolConnection<Sent extends object = never> {
  /** `ws:` or `wss:`. It may hold the token: only the socket sees it. */
  readonly url: string;
  /** Offered to the server. A token may travel here where URLs are logged. */
  readonly subprotocols?: readonly string[] | undefined;
  /** Sent with the upgrade where the platform can (`ws`); browsers can't, so nothing may depend on them there. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as soon as the socket is open. */
  readonly firstFrames?: readonly WireData[] | undefined;
  /**
   * What one message of the server says: a frame, or several in their order. `data` is a string for a text frame, bytes
   * for a binary one; `jsonOf(data)` reads a JSON message with a `type` from either. Called for every message, including those before the hello.
   */
  decode(data: WireData): Frame | readonly Frame[];
  /** A ping of the client. Any frame that follows counts as the reply. Leave it out where only the server pings. */
  ping?(): WireData;
  /** Encodes an event of the app. Without it there is no `client.send`. */
  encode?(event: Sent): WireData;
}

/** What one frame of the server means. */
export type Frame =
  /** The user is logged in. From now on events are delivered. */
  | Hello
  /** A sign of life, such as the reply to a ping, and nothing else. */
  | { readonly kind: 'heartbeat' }
  /**
   * A ping of the server, or a question such as a challenge before the hello: `reply` is sent back at once; next to an event,
   * after its delivery. More than 100 within 5 s without an event between them end the connection.
   */
  | { readonly kind: 'ping'; readonly reply: WireData }
  /** The connection can't go on: it is closed. An error that leaves the connection usable is an `event`. */
  | { readonly kind: 'error'; readonly verdict: Verdict }
  /** For the app's listeners. */
  | { readonly kind: 'event'; readonly event: ChatEvent }
  /** Nothing that the protocol defines. `problem` is the reason, without quoting the frame. Before the hello it fails the attempt. */
  | { readonly kind: 'bad'; readonly problem: string };

/** The server has accepted the login. It may come again when the connection gets another id, or `me` has changed. */
export interface Hello {
  readonly kind: 'hello';
  /** Names the connection at the server, at most 512 characters. Default: a random id. */
  readonly connectionId?: string | undefined;
  /** The user that the server has accepted. Leave it out where the server does not send it; a hello for another user is refused. */
  readonly userId?: string | undefined;
  /** The server's clock, in milliseconds since the epoch, where it is sent. It corrects the expiry of tokens. */
  readonly serverTimeMs?: number | null | undefined;
  /**
   * How often the server wants something from the client, in milliseconds, such as the keep-alive of MQTT: the session
   * pings as often where `timing.pingIntervalMs` is longer. At least 1,000.
   */
  readonly pingIntervalMs?: number | undefined;
  /** How the server describes the user, such as unread counts: plain JSON. */
  readonly me?: Readonly<Record<string, unknown>> | undefined;
}

/** A response to the request for a WebSocket that was not 101. */
export interface RefusedUpgrade {
  readonly status: number;
  /** A header by its name, in any case; `null` where the platform shows none. */
  header(name: string): string | null;
}

export interface ProtocolHttp {
  /** Names, in any case, of query parameters and headers that only the session sets. An app that gives one is refused. */
  readonly reserved: readonly string[];
  /** The address and the headers of a call. What the session holds must win over what the app gave. */
  address(call: HttpCall): HttpAddress;
  /** What a response means that is not 2xx. `undefined` leaves it to the status: 401 is about the token. */
  readError?(response: FailedResponse): Verdict | undefined;
}

export interface HttpCall {
  /** Begins with `/`; may hold a query, no fragment. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly kind: Identity['kind'];
  /** As the server identifies the user: a guest has the id that the server chose. */
  readonly userId: string;
  /** `null` while not connected. */
  readonly connectionId: string | null;
  /** `null` for an anonymous user. */
  readonly token: string | null;
}

export interface HttpAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FailedResponse {
  readonly status: number;
  header(name: string): string | null;
  /** The body: parsed where it is JSON, a string otherwise (a proxy's page), `undefined` where there is none. */
  readonly body: unknown;
  /** The time of this device, for headers that name a date. */
  readonly nowMs: number;
}

export interface ProtocolGuests {
  /** The call that creates a guest: a POST of JSON. */
  create(user: User): HttpAddress & { readonly body: unknown };
  /** The guest as the server made them, with their token; `undefined` where the response holds none. */
  read(body: unknown): { readonly user: User; readonly token: string } | undefined;
  /** What a response means that is not 2xx. `undefined` leaves it to the status. */
  readError?(response: FailedResponse): Verdict | undefined;
}
