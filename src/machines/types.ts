import type { ClientFact, PersistenceFact } from '../actors/messages.ts';
import type { ErrorCode, FailureInfo } from '../errors.ts';
import type { Timing } from '../timing.ts';
import type { TokenReason } from '../token/source.ts';
import type { Identity, User } from '../user.ts';

/** What is left of the wait under way, or of the one that a suspension has interrupted: it went on meanwhile. */
type WaitLeft = {
  /** Missing where no wait is known. */
  readonly waitLeftMs?: number;
};

/** What an app can ask of the session. Everything else is a fact, and only actors, timers and the environment send facts. */
export type SessionCommand =
  /**
   * Log `identity` in, or join the session that this user already has. `sourceKey` is a key into the registry of token
   * sources; `null` means no new source. `call` identifies the reply. `online` and `foreground` are read at the call.
   */
  | ({
      readonly type: 'session.connect';
      readonly call: number;
      readonly identity: Identity;
      readonly sourceKey: number | null;
      readonly online: boolean;
      readonly foreground: boolean;
    } & WaitLeft)
  /** End the session; with `forgetUser` the stored user is removed first. */
  | { readonly type: 'session.disconnect'; readonly forgetUser: boolean }
  /** While logged out: read the stored user again. */
  | { readonly type: 'session.restore'; readonly online: boolean; readonly foreground: boolean }
  /** Hold no socket until `session.resume`; the session and the stored user stay. */
  | { readonly type: 'session.suspend' }
  | ({ readonly type: 'session.resume' } & WaitLeft)
  /** Cut the wait for the next attempt short. */
  | { readonly type: 'session.retryNow' };

export type EnvironmentFact =
  | ({ readonly type: 'network.wentOffline' } & WaitLeft)
  | ({ readonly type: 'network.cameOnline' } & WaitLeft)
  | ({ readonly type: 'app.wentToBackground' } & WaitLeft)
  | ({ readonly type: 'app.cameToForeground' } & WaitLeft)
  | ({ readonly type: 'device.woke' } & WaitLeft);

export type TimerFact =
  | { readonly type: 'restore.timedOut' }
  | { readonly type: 'token.timedOut' }
  | { readonly type: 'hello.timedOut' }
  | { readonly type: 'retry.due' }
  | { readonly type: 'probe.timedOut' }
  | { readonly type: 'connection.becameStable' }
  | { readonly type: 'clear.timedOut' }
  | { readonly type: 'close.timedOut' };

export type SessionFact = ClientFact | PersistenceFact | EnvironmentFact | TimerFact;

export type SessionEvent = SessionCommand | SessionFact;

/** Why the session is in its state: how it began, or what went wrong last. */
export type SessionReason = 'starting' | 'nobodyStored' | 'restored' | 'login' | 'connected' | 'suspended' | ErrorCode;

export interface NextLogin {
  readonly identity: Identity;
  readonly sourceKey: number | null;
}

/**
 * The extended state. Plain data without time or secrets: it can be stored, compared and replayed. It is grouped, since
 * an object of 20 fields or more leaves V8's fast mode when it is copied.
 */
export interface SessionContext {
  readonly timing: Timing;
  /** Whether a token source is configured, without which no user can be restored. */
  readonly restorable: boolean;

  readonly identity: Identity | null;
  readonly connectionId: string | null;
  /** During `disconnecting`: the user who logs in afterwards. */
  readonly next: NextLogin | null;
  /** Number of the newest command to the client actor. */
  readonly attempt: number;
  readonly reason: SessionReason;
  /** What went wrong last; `null` once connected. */
  readonly failure: FailureInfo | null;

  readonly login: LoginContext;
  readonly pacing: PacingContext;
  readonly storage: StorageContext;
  readonly device: DeviceContext;
}

export interface LoginContext {
  /** The token source of this session, as a key into the registry. */
  readonly sourceKey: number;
  /** The token source that was asked last. A call may have brought another one since. */
  readonly askedKey: number;
  /**
   * A first login ends when its token source fails; an existing session (restored, once connected, or of the stored user)
   * tries again. So does a login for which storage has not been read yet, once.
   */
  readonly origin: 'login' | 'unread' | 'existing';
  /** Whether the client actor holds a token that the server has not refused. */
  readonly token: 'none' | 'held';
  readonly tokenReason: TokenReason;
  /** Refused tokens in a row, without a stable connection in between. One that has expired counts as the first. */
  readonly refusals: number;
}

export interface PacingContext {
  /** State of the generator that every random delay comes from. */
  readonly random: number;
  /** Failed attempts in a row, without a stable connection in between. */
  readonly failedAttempts: number;
  /** Whether a wait may be cut short: `used` by the present wait, `spent` during the full wait after it. */
  readonly quickRetry: 'available' | 'used' | 'spent';
  /** The length of the current wait. */
  readonly delayMs: number;
  /** The server's own advice: the shortest time to wait. */
  readonly retryAfterMs: number;
}

export interface StorageContext {
  /** Number of the newest command to the persistence actor. */
  readonly attempt: number;
  /** The stored user, as far as this session knows. */
  readonly userId: string | null;
  /** Whether the record is this session's: it was restored from it, or has stored it. */
  readonly isOwn: boolean;
  /**
   * Whether the user of this login is still to be sent and stored: `due` until an attempt sends them, `sent` until its hello,
   * `pending` until storage replies.
   */
  readonly save: 'due' | 'sent' | 'pending' | 'settled';
  /** What storage could not do last. */
  readonly failure: FailureInfo | null;
  /** During `disconnecting`: the user to remove. */
  readonly forget: 'everyone' | 'thisUser' | 'nobody';
  /** During `disconnecting`: the outcome of the removal. */
  readonly forgotten: 'no' | 'yes' | 'failed';
}

export interface DeviceContext {
  /** `false` only while the device reports that it has no network. */
  readonly online: boolean;
  readonly presence: 'foreground' | 'background';
  /** Whether the app or the device asked for no connection. */
  readonly suspended: boolean;
}

/**
 * What callers may match by `snapshot.hasTag(tag)`, so that renaming a state breaks no caller:
 *
 * - `idle`: no user is logged in, and nothing is under way.
 * - `running`: a session runs, connected or not.
 * - `online`: connected.
 * - `ending`: the session is over and is being cleaned up.
 */
export type SessionTag = 'idle' | 'running' | 'online' | 'ending';

export interface SessionInput {
  readonly timing: Timing;
  readonly restorable: boolean;
  /** Any 32-bit integer; the same seed gives the same delays. */
  readonly seed: number;
  readonly online: boolean;
  readonly foreground: boolean;
}

/** What the statechart emits for pending calls. */
export type SessionEmitted =
  /** Restoring is over. `user` was found and is being logged in again; `null` when there is none. */
  | { readonly type: 'restore.settled'; readonly user: User | null; readonly failure: FailureInfo | null }
  /** The call belongs to the session, or to the next one; its token source was adopted. */
  | { readonly type: 'connect.accepted'; readonly call: number }
  | { readonly type: 'connect.refused'; readonly call: number }
  /** The login that was waiting for the end of this session no longer is. */
  | { readonly type: 'connect.dropped' }
  | { readonly type: 'session.connected' }
  /** The session is over; the stored user and the socket are still to be cleaned up. */
  | { readonly type: 'session.ended'; readonly failure: FailureInfo }
  /** The cleanup is done. `forgotten`: whether the stored user was removed. */
  | {
      readonly type: 'session.closed';
      readonly forgotten: 'no' | 'yes' | 'failed';
      readonly failure: FailureInfo | null;
    };
