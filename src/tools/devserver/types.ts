import type { NO_COUNTS } from './event-log.ts';
import type { Fault, FaultHandle, FaultState } from './fault-types.ts';

/** How to start a development server. Every field has a default. */
export interface DevServerOptions {
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** The address to bind. Default `127.0.0.1`. Every program that can reach it gets tokens for every user. */
  readonly host?: string | undefined;
  /**
   * Origins of pages that may use the server: `http://localhost:5173`, `http://localhost:*` for every port, or `null` for
   * pages without one (files, sandboxed frames; any site can make such a page).
   * Default: none, so that no page that is open in the browser gets tokens here; within jsdom, the origin of its page.
   * Programs that are not browsers need no allowance.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Names of the server besides `localhost` and addresses: `mymac.local`, or `.example.com` with all names below it. Default: none. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Default `dev-key`. Any other key is refused with code 2. */
  readonly apiKey?: string | undefined;
  /** Signs and verifies tokens (HS256). Default: a new random one. */
  readonly secret?: string | undefined;
  /** How long every hello is delayed. Default 0. For one user or a few connects use the fault `delayHello`. */
  readonly helloDelayMs?: number | undefined;
  /** How long tokens of `GET /dev/token` and guests' tokens are valid. Default 3,600. Fractions count. */
  readonly tokenTtlSeconds?: number | undefined;
  /** The largest frame and HTTP body that are accepted. Default 1,048,576. A larger frame closes its socket with 1009. */
  readonly maxPayloadBytes?: number | undefined;
  /** How many TCP connections may be open; more are cut. Default 10,000. */
  readonly maxConnections?: number | undefined;
  /** How long a client may take to send an HTTP request, an upgrade included, and to read the response. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** The server's clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

export interface TokenOptions {
  /** Default: no `exp`. Negative: expired already. Fractions count. */
  readonly expiresInSeconds?: number | undefined;
  /**
   * `iat`, in seconds since the epoch; `null` leaves it out. Default: now, as a fraction that grows from token to token,
   * so that a revocation has an order among the tokens of its millisecond.
   */
  readonly issuedAt?: number | null | undefined;
  /** `nbf`, in seconds since the epoch. Default: left out. */
  readonly notBefore?: number | undefined;
  /** Sign with another secret: the server then refuses the token with code 43. */
  readonly secret?: string | undefined;
}

/** One attempt to connect, from its first byte to its end. The object is live: it changes while the socket does. */
export interface ConnectRecord {
  /** 1, 2, 3, … in order of arrival. */
  readonly number: number;
  /** As claimed (`json.user_id`), `null` when it could not be read. Not verified while `outcome` is `pending`. */
  readonly userId: string | null;
  /** `stream-auth-type`. */
  readonly authType: string | null;
  /** `json.user_details`, parsed. */
  readonly userDetails: Readonly<Record<string, unknown>> | null;
  /** The token as it arrived. In process only: `GET /dev/state` never shows it. */
  readonly token: string | null;
  /** What was wrong with the token: 5, 40, 41, 42 or 43. `null`: nothing, or it was not checked. */
  readonly tokenProblem: number | null;
  /** `pending` until a hello or an error frame was sent. */
  readonly outcome: 'pending' | 'hello' | 'refused' | 'upgradeRefused';
  /** The code of the last error frame that was sent on this socket. */
  readonly errorCode: number | null;
  /** The id in the last hello. */
  readonly connectionId: string | null;
  /** Upgraded, and the TCP socket is not gone yet. */
  readonly isOpen: boolean;
  /** Data frames received; pings, pongs and closes are not counted. */
  readonly framesReceived: number;
  /** The code in the close frame that the client sent; `null` when none came. */
  readonly clientCloseCode: number | null;
  readonly openedAtMs: number;
  /** When the TCP socket was gone: the client ended its side, or it was cut. */
  readonly closedAtMs: number | null;
}

/** What happened so far, for one user or in all. */
export type Counts = { readonly [Name in keyof typeof NO_COUNTS]: number };

/**
 * What the server emits to its listeners. `userId`: the user that a connect or a call claims to be, or that a fault is
 * aimed at.
 */
export type DevServerEvent = { readonly userId: string | null } /**
 * A socket was upgraded, an upgrade was refused, a hello was sent, or the TCP socket of an upgraded connection is gone.
 */ & (
  | { readonly type: 'opened' | 'upgradeRefused' | 'hello' | 'closed'; readonly connect: ConnectRecord }
  /** An error frame was sent (`error`), or the client's close frame was received (`closing`). */
  | { readonly type: 'error' | 'closing'; readonly connect: ConnectRecord; readonly code: number }
  /** A data frame was received. `data` is its text, or `null` for a binary frame. */
  | { readonly type: 'frame'; readonly connect: ConnectRecord; readonly data: string | null }
  /** A chat message was accepted, and sent to the members' sockets. */
  | { readonly type: 'message'; readonly cid: string; readonly message: ChatMessage }
  /** An HTTP call has arrived; a fault may hold it back. */
  | { readonly type: 'httpCall'; readonly method: string; readonly path: string }
  /** An HTTP call has ended; `status` 0 means that its socket was cut. */
  | { readonly type: 'http'; readonly method: string; readonly path: string; readonly status: number }
  /** A fault was caused or lifted, met something, or held back or released it. */
  | { readonly type: 'fault'; readonly fault: FaultState }
  /** A page that is not allowed, or a request by a foreign name, was refused. `value`: its Origin or Host, unchecked. */
  | { readonly type: 'accessDenied'; readonly reason: 'host' | 'origin'; readonly value: string }
);

export interface ChatMessage {
  readonly id: string;
  /** Of its channel: `messaging:general`. */
  readonly cid: string;
  readonly text: string;
  readonly user: StoredUser;
  readonly created_at: string;
  readonly updated_at: string;
  readonly [field: string]: unknown;
}

/** A user as the server stores them. */
export interface StoredUser {
  readonly id: string;
  readonly role: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly [field: string]: unknown;
}

export interface WaitOptions {
  /** Default 5,000. The promise then rejects. */
  readonly timeoutMs?: number | undefined;
}

/** `GET /dev/state`. Never holds a token or the secret. */
export interface DevServerState {
  readonly apiKey: string;
  readonly total: Counts;
  readonly users: Readonly<Record<string, Counts>>;
  /** The newest 100. */
  readonly connects: readonly Omit<ConnectRecord, 'token'>[];
  readonly faults: readonly FaultState[];
}

/** Faults on demand. The same names and fields go over HTTP as `POST /dev/faults`. */
export interface Faults {
  /** Acts at once on open sockets, or is armed for the next connects and calls, as its type defines. Throws for an invalid fault. */
  cause(fault: Fault): FaultHandle;
  /** Those that are armed or hold something back. */
  list(): readonly FaultState[];
  find(id: number): FaultHandle | undefined;
  /** Lifts all, or those aimed at this user. */
  liftAll(userId?: string): void;
}

/** A running development server. */
export interface DevServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`: the base URL for clients; sockets use the same with `ws`. */
  readonly url: string;
  readonly port: number;
  readonly apiKey: string;
  readonly secret: string;
  readonly faults: Faults;
  /** A JWT for `userId`, as an app's backend would sign it. */
  createToken(userId: string, options?: TokenOptions): Promise<string>;
  /** For one user, by the user id that connects claim (`json.user_id`), or in all. */
  counts(userId?: string): Counts;
  /** Every attempt to connect in order, the newest 10,000 of them. */
  connects(userId?: string): readonly ConnectRecord[];
  user(userId: string): StoredUser | undefined;
  /** Changes a user's profile, as from another device. Creates the user when there is none. */
  updateUser(userId: string, fields: Readonly<Record<string, unknown>>): StoredUser;
  /** Sends any event to every connected socket of the user, or of all users. Returns how many sockets that were. */
  push(event: Readonly<Record<string, unknown>>, userId?: string): number;
  /** Calls `listener` with every event until the returned function is called. */
  on(listener: (event: DevServerEvent) => void): () => void;
  /** The next event that fits. Events of the past do not count; {@link DevServer.until} is for states. */
  waitFor(predicate: (event: DevServerEvent) => boolean, options?: WaitOptions): Promise<DevServerEvent>;
  /** Resolves as soon as `condition` is true; it is checked now and after every event. */
  until(condition: () => boolean, options?: WaitOptions): Promise<void>;
  state(): DevServerState;
  /** Ends every socket and timer and frees the port. Nothing is left behind. Idempotent. */
  close(): Promise<void>;
}
