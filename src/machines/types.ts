import type { ClientFact, PersistenceFact } from '../actors/messages.ts';
import type { ErrorCode, FailureInfo } from '../errors.ts';
import type { Timing } from '../timing.ts';
import type { TokenReason } from '../token/source.ts';
import type { Identity, User } from '../user.ts';

/** What an app may say to the session. Everything else is a fact, and only actors, timers and the environment state facts. */
export type SessionCommand =
  /**
   * Log `identity` in, or join the session that this user already has. `key` names a token source in the tokenSources, `null`
   * stands for "no new one". `call` is given back by the answer. The environment is read now: `online`, `foreground`.
   */
  | {
      readonly type: 'session.connect';
      readonly call: number;
      readonly identity: Identity;
      readonly sourceKey: number | null;
      readonly online: boolean;
      readonly foreground: boolean;
    }
  /** End the session; with `forgetUser` the stored user is removed first. */
  | { readonly type: 'session.disconnect'; readonly forgetUser: boolean }
  /** While logged out: look once more who is stored. */
  | { readonly type: 'session.restore'; readonly online: boolean; readonly foreground: boolean }
  /** Hold no socket until `session.resume`; the session and the stored user stay. */
  | { readonly type: 'session.suspend' }
  | { readonly type: 'session.resume' }
  /** Cut the wait for the next attempt short. */
  | { readonly type: 'session.retryNow' };

/** What the environment tells. */
export type EnvironmentFact =
  | { readonly type: 'network.wentOffline' }
  | { readonly type: 'network.cameOnline' }
  | { readonly type: 'app.wentToBackground' }
  | { readonly type: 'app.cameToForeground' }
  | { readonly type: 'device.woke' };

/** What the statechart's own timers say. */
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

/** Why the session is where it is: how it began, or what went wrong last. */
export type SessionReason = 'starting' | 'nobodyStored' | 'restored' | 'login' | 'suspended' | ErrorCode;

/** A user who waits for the session before to end. */
export interface NextLogin {
  readonly identity: Identity;
  readonly sourceKey: number | null;
}

/** The extended state. Plain data, no time, no secret: it can be stored, compared and replayed. */
export interface SessionContext {
  readonly timing: Timing;
  /** Whether a token source is configured, without which nobody can be restored. */
  readonly restorable: boolean;
  /** State of the generator that every random delay comes from. */
  readonly random: number;

  readonly identity: Identity | null;
  /** The token source of this session, as a key into the tokenSources. */
  readonly sourceKey: number;
  /** During `disconnecting`: who logs in afterwards. */
  readonly next: NextLogin | null;
  /** A first login ends when its provider fails; an existing session (restored, once connected, or of the stored user) tries again. */
  readonly origin: 'login' | 'existing';

  /** Number of the newest command to the client actor. */
  readonly attempt: number;
  /** Number of the newest command to the persistence actor. */
  readonly storageAttempt: number;
  /** Whether the client actor holds a token that the server has not refused. */
  readonly token: 'none' | 'held';
  readonly tokenReason: TokenReason;
  /** Refused tokens in a row, without a stable connection between. */
  readonly refusals: number;
  readonly connectionId: string | null;

  /** Who is stored, as far as this session knows. */
  readonly storedUserId: string | null;
  /** Whether this login's user is still to be written: `due` until the first hello, `pending` until storage answered. */
  readonly save: 'due' | 'pending' | 'settled';
  /** What storage could not do last. */
  readonly storageFailure: FailureInfo | null;

  /** `false` only while the device says so. */
  readonly online: boolean;
  readonly presence: 'foreground' | 'background' | 'suspended';

  /** Failed attempts in a row, without a stable connection between. */
  readonly failedAttempts: number;
  /** Whether a wait may be cut short: `hurried` is a wait that was; the full wait after it is `spent`. */
  readonly quickRetry: 'available' | 'used' | 'spent';
  /** How long the current wait is, in all. */
  readonly delayMs: number;
  /** What the server asked to wait at least. */
  readonly retryAfterMs: number;

  readonly reason: SessionReason;
  /** What went wrong last; `null` once connected. */
  readonly failure: FailureInfo | null;

  /** During `disconnecting`: whom to remove from storage. */
  readonly forget: 'everyone' | 'thisUser' | 'nobody';
  /** During `disconnecting`: how that went. */
  readonly forgotten: 'no' | 'yes' | 'failed';
}

export interface SessionInput {
  readonly timing: Timing;
  readonly restorable: boolean;
  /** Any 32-bit integer; the same seed gives the same delays. */
  readonly seed: number;
  readonly online: boolean;
  readonly foreground: boolean;
}

/** What the statechart tells the façade, for its pending calls. */
export type SessionEmitted =
  /** Restoring is over: `user` is who was found, if somebody was and can be logged in. */
  | { readonly type: 'restore.settled'; readonly user: User | null; readonly failure: FailureInfo | null }
  /** The connect call is part of the session, or of the one that comes next; its token source was adopted. */
  | { readonly type: 'connect.accepted'; readonly call: number }
  | { readonly type: 'connect.refused'; readonly call: number }
  /** The user who was waiting for the end of the session before no longer is. */
  | { readonly type: 'connect.dropped' }
  | { readonly type: 'session.connected' }
  /** The session is over; what is left is to tidy up. */
  | { readonly type: 'session.ended'; readonly failure: FailureInfo }
  /** Nothing is left of the session. `forgotten`: whether the stored user was removed. */
  | {
      readonly type: 'session.closed';
      readonly forgotten: 'no' | 'yes' | 'failed';
      readonly failure: FailureInfo | null;
    };
