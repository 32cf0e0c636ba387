/**
 * The user that a fault is aimed at. Absent: every user. A connect belongs to its `json.user_id`, an HTTP call to its
 * `user_id`, before either is verified.
 */
interface Aim {
  readonly userId?: string;
}

/** How long a fault stays armed. */
interface Standing extends Aim {
  /** How many connects or calls it meets. Default 1, or `untilLifted` when `forMs` is given. */
  readonly times?: number | 'untilLifted';
  /** It is lifted after that long. Default: never. */
  readonly forMs?: number;
}

/** A frame that a client should survive. */
export type OddFrame =
  /** Any text: `token invalid`, a captive portal's HTML, half a JSON document. */
  | { readonly kind: 'text'; readonly text: string }
  /** Any JSON value, encoded. */
  | { readonly kind: 'json'; readonly value: unknown }
  /** A binary frame of that many bytes. */
  | { readonly kind: 'binary'; readonly bytes: number }
  /** A well-formed chat event (`type: 'dev.huge'`) of about that many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number };

/** How an error is sent on the socket. */
interface ErrorFrame {
  /** A code of the wire protocol: 40, 43, 9, 17, … */
  readonly code: number;
  /** Default: the usual message of that code. */
  readonly message?: string;
  /**
   * `error` is `{"error":{…}}`, `connection.error` is `{"type":"connection.error",…,"error":{…}}`.
   * Default: `error` before the hello, `connection.error` after it.
   */
  readonly as?: 'error' | 'connection.error';
  /**
   * Sent as `error.retry_after`, in seconds. The wire protocol names HTTP headers only, which a socket does not have;
   * `refuseUpgrade` with `retryAfterSeconds` gives the same advice in a real HTTP 429.
   */
  readonly retryAfterSeconds?: number;
  /** Sent as `error.exception_fields`: the fields that the server rejects, each with its reason. */
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * Everything that can be made to go wrong.
 *
 * *Standing* faults are armed for the next connects or HTTP calls (`times`, `forMs`) and are lifted with their handle.
 * *Immediate* faults do something to the sockets that are open now, and end.
 */
export type Fault =
  // Standing: before there is a WebSocket
  /**
   * The upgrade fails. Without `status` the TCP socket is cut; with it that HTTP response is sent (429 with the headers
   * `Retry-After` and `x-ratelimit-reset` when `retryAfterSeconds` is given).
   */
  | (Standing & { readonly type: 'refuseUpgrade'; readonly status?: number; readonly retryAfterSeconds?: number })
  // Standing: instead of a hello
  /** The socket opens, an error frame comes, and a close with `closeCode` (default 1000, as Stream's API does; `null`: none). */
  | (Standing & ErrorFrame & { readonly type: 'refuseConnect'; readonly closeCode?: number | null })
  /** The socket opens and is closed at once, or right after the hello. `closeCode: null` cuts it. Default 1011, before the hello. */
  | (Standing & {
      readonly type: 'closeOnConnect';
      readonly closeCode?: number | null;
      readonly when?: 'beforeHello' | 'afterHello';
    })
  /** This frame is sent instead of the hello; the socket stays open. */
  | (Standing & { readonly type: 'spoilHello'; readonly frame: OddFrame })
  // Standing: about the hello
  | (Standing & { readonly type: 'delayHello'; readonly delayMs: number })
  /** No hello until `release()` or `lift()` of the handle. */
  | (Standing & { readonly type: 'withholdHello' })
  /** The hello is for another user. */
  | (Standing & { readonly type: 'wrongHello'; readonly asUserId: string })
  // Standing: HTTP
  /** 429 with code 9 and `Retry-After` on API calls (`http`), error 9 on connects (`connect`), or both (the default). */
  | (Standing & {
      readonly type: 'rateLimit';
      readonly on?: 'http' | 'connect' | 'both';
      readonly retryAfterSeconds: number;
    })
  /**
   * HTTP calls whose path begins with `path` (default: every path but `/dev/faults` and `/dev/state`) fail. Without
   * `status` their socket is cut. The body is `text` (sent as `text/plain`: no browser runs it), or Stream's error JSON with `code` (default −1).
   */
  | (Standing & {
      readonly type: 'failHttp';
      readonly path?: string;
      readonly status?: number;
      readonly code?: number;
      readonly text?: string;
      readonly retryAfterSeconds?: number;
    })
  /** HTTP calls whose path begins with `path` wait until `release()` or `lift()` of the handle, and then go on. */
  | (Standing & { readonly type: 'holdHttp'; readonly path?: string })
  // Standing until lifted
  /**
   * Tokens issued before now are refused with 40 "This token has been revoked", tokens without `iat` too. Open sockets
   * get the error now. (An `iat` of whole seconds, from another issuer, counts as the beginning of its second.)
   */
  | (Aim & { readonly type: 'revokeTokens' })
  /** The same, but the server calls them expired: it is as if their `exp` had passed. */
  | (Aim & { readonly type: 'expireTokens' })
  /**
   * Closes the sockets with 1012, cuts every connect and API call meanwhile, and is back after `downMs` or when lifted.
   * The port stays bound, and `/dev/…` goes on working: it stands for the app's own backend.
   */
  | (Aim & { readonly type: 'restart'; readonly downMs?: number })
  // On sockets: the open ones now, or the next ones (`on: 'next'`, then standing)
  /** Half-open: the socket stays, but the server sends nothing more, pongs included. On `next`: after the hello. */
  | (Standing & { readonly type: 'goSilent'; readonly on?: 'open' | 'next' })
  /** The client's close frame never gets a response. */
  | (Standing & { readonly type: 'ignoreClose'; readonly on?: 'open' | 'next' })
  // Immediate
  /** An error frame now, then a close with `closeCode` (default 1008; `null`: none). */
  | (Aim & ErrorFrame & { readonly type: 'sendError'; readonly closeCode?: number | null })
  /** The TCP sockets are cut without a close frame: the client sees 1006. */
  | (Aim & { readonly type: 'dropSockets' })
  | (Aim & { readonly type: 'closeSockets'; readonly closeCode: number; readonly reason?: string })
  | (Aim & { readonly type: 'sendFrame'; readonly frame: OddFrame })
  /** Another hello with another connection id, or for another user. */
  | (Aim & { readonly type: 'secondHello'; readonly asUserId?: string });

export type FaultType = Fault['type'];

/** A fault as `POST /dev/faults` and `GET /dev/state` show it. */
export interface FaultState {
  readonly id: number;
  readonly fault: Fault;
  /** It is armed. Immediate faults never are. */
  readonly isActive: boolean;
  /** How many connects, calls or sockets it met. */
  readonly hits: number;
  /** How many hellos or calls it holds back now. */
  readonly held: number;
}

/** A fault that was caused. */
export interface FaultHandle {
  readonly id: number;
  /** A snapshot, as it goes over HTTP. */
  readonly state: FaultState;
  /** Releases what is held back now; the fault stays armed. Returns how many that were. */
  release(): number;
  /** Ends the fault and releases what it holds back. Idempotent. */
  lift(): void;
}
