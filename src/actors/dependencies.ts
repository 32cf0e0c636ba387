import type { AnyActorRef } from 'xstate';
import type { Clock } from '../clock.ts';
import type { SendReport } from '../diagnostics.ts';
import { type FailureInfo, OwnError, type Result } from '../errors.ts';
import type { ChatEvent } from '../protocol/events.ts';
import type { Protocol, ProtocolConnection, WireData } from '../protocol/protocol.ts';
import type { UserRepository } from '../repository/repository.ts';
import type { Timing } from '../timing.ts';
import type { TokenSourceRegistry } from '../token/source-registry.ts';
import type { TokenResult } from '../token/token-result.ts';
import type { Identity } from '../user.ts';
import type { ClientSession } from './client/session.ts';

/**
 * What one session depends on. It reaches the actors by their actor system, never by `input`, events or context, which
 * inspectors and snapshots show.
 */
export interface Dependencies {
  readonly protocol: Protocol<object>;
  readonly clock: Clock;
  readonly timing: Timing;
  readonly tokenSources: TokenSourceRegistry;
  readonly repository: UserRepository;
  readonly sockets: SocketFactory;
  readonly fetch: typeof globalThis.fetch;
  /** A new UUID. */
  readonly createId: () => string;
  readonly report: SendReport;
  /** Hands a chat event to the app's listeners; stops between two of them once `isCurrent()` is false. Never throws. */
  readonly deliver: (event: ChatEvent, isCurrent: () => boolean) => void;
  /** Keeps the original error behind a failure that is about to be sent, for `error.cause`. Already free of tokens. */
  readonly rememberCause: (failure: FailureInfo, cause: unknown) => void;
  /** Keeps what the server said of the user in its hello (unread counts, role, …); called right before `hello.received`. */
  readonly rememberOwnUser?: (me: Readonly<Record<string, unknown>> | null) => void;
  /** Sends HTTP in the session user's name, where the app has given it. */
  readonly requests?: RequestEngine | undefined;
  readonly guests?: Guests | undefined;
  /** Filled by the client actor while it runs: what needs the token or the socket and is no business of the statechart. */
  readonly dataPlane: DataPlane;
}

export interface DataPlane {
  /** Sends an event on the established connection, at once; returns why it could not, or `null`. Nothing is queued. */
  send: ((event: object) => FailureInfo | null) | null;
  request: SendRequest | null;
}

export type SendRequest = (request: SessionRequest) => Promise<Result<Response>>;

/** What makes the client actor's part of the requests, while the actor runs. */
export interface RequestEngine {
  createSender(
    dependencies: Dependencies,
    sessionFor: (identity: Identity, sourceKey: number) => ClientSession,
  ): SendRequest;
}

/**
 * What `client.connectGuestUser()` works with: imported, and given to the client as its option `guests`. An app without
 * guests has nothing of it in its bundle.
 */
export interface Guests {
  /** Has the server create a guest, whose id it chooses and whose token it gives. */
  create(identity: Identity, dependencies: Dependencies, signal: AbortSignal): Promise<TokenResult>;
}

export interface SessionRequest {
  /** Begins with `/`; may hold a query of its own, no fragment. */
  readonly path: string;
  readonly init: RequestOptions;
  readonly identity: Identity;
  /** Where a token comes from, if none is held yet. */
  readonly sourceKey: number;
  /** Ends the call like `init.signal`, for a reason that the caller explains. */
  readonly giveUp?: AbortSignal | undefined;
}

/** An HTTP call in the session user's name, as it is sent. */
export interface RequestOptions {
  /** Default: `POST` with a body, `GET` without. */
  readonly method?: string | undefined;
  /** As `fetch` takes it. */
  readonly body?: string | object;
  /** What `fetch` asks for with a stream, which cannot be sent twice. */
  readonly duplex?: 'half';
  /** What the protocol reserves is added by the session, and cannot be replaced. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a WebSocket. `ws` in Node (with its `agent` and `headers` options), the platform's elsewhere. */
export type SocketFactory = (request: SocketRequest) => Socket;

/** What to open. Headers are sent where the platform can (`ws`). */
export type SocketRequest = Pick<ProtocolConnection, 'url' | 'subprotocols' | 'headers'>;

/** The part of the WebSocket interface that is used; the platform's `WebSocket` and `ws` both have it. */
export interface Socket {
  readonly readyState: number;
  binaryType?: string;
  /** Called with {@link WireData}. */
  send(data: never): void;
  close(code?: number, reason?: string): void;
  /** Where it exists (`ws`), ends a socket whose peer does not reply to the close. */
  terminate?(): void;
  onopen: ((event: never) => void) | null;
  /** Called with `{ data: unknown }`. */
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  /** Called with `{ code: number; reason: string }`. */
  onclose: ((event: never) => void) | null;
}

type System = AnyActorRef['system'];

const dependenciesOf = new WeakMap<System, Dependencies>();

/** To be called between `createActor` and `start`. */
export function setDependencies(system: System, dependencies: Dependencies): void {
  dependenciesOf.set(system, dependencies);
}

export function getDependencies(system: System): Dependencies {
  const dependencies = dependenciesOf.get(system);
  if (dependencies === undefined) {
    throw new OwnError('Create a session by createSessionActor() or createChatClient().');
  }
  return dependencies;
}
