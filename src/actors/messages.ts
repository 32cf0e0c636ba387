import type { FailureInfo } from '../errors.ts';
import type { TokenReason } from '../token/source.ts';
import type { Identity, User } from '../user.ts';

/*
 * What the statechart sends to its two actors (commands, imperative) and what they send back (facts, past tense).
 *
 * Every command carries the number of the attempt it belongs to and its facts give that number back. An actor sends
 * a fact in a later microtask than the command, and only while the attempt is still its newest; the chart's guards
 * drop what is stale anyway. Nothing here ever holds a token: `sourceKey` is a number that stands for a token source.
 */

export type ClientCommand =
  /** Get a token from the source under `sourceKey` (for a guest: create the guest). Supersedes every earlier load. */
  | {
      readonly type: 'token.load';
      readonly attempt: number;
      readonly identity: Identity;
      readonly sourceKey: number;
      readonly reason: TokenReason;
    }
  /** The load is no longer wanted: abort its signal, send nothing. */
  | { readonly type: 'token.abort' }
  /** From the next load on, also a background refresh, use the source under `sourceKey`. */
  | { readonly type: 'token.adopt'; readonly sourceKey: number }
  /**
   * Open a socket and wait for the hello. An older socket is closed first, or given up after its close time-out
   * (law 1). `profile` says whether the whole user is sent or only the id (a reconnect must not overwrite edits).
   */
  | {
      readonly type: 'socket.open';
      readonly attempt: number;
      readonly identity: Identity;
      readonly profile: 'full' | 'idOnly';
    }
  /** Send a ping now, where the protocol has one, and report the next frame. */
  | { readonly type: 'socket.ping'; readonly attempt: number }
  /** Close the socket with 1000 and send `socket.closed`, at once when there is none, at the latest after 1 s. */
  | { readonly type: 'socket.close'; readonly attempt: number }
  /** The session is over: abort loads and requests, forget the token, deliver no further chat event. The socket stays until `socket.close`. */
  | { readonly type: 'session.end' };

export type ClientFact =
  /** The actor has (re)started, and holds neither token nor socket. */
  | { readonly type: 'client.started' }
  /** A usable token is held. `user` is given for a guest: the user that the server made of them. */
  | { readonly type: 'token.loaded'; readonly attempt: number; readonly user?: User }
  /** No usable token could be had. `permanent`: asking the same source again cannot help (a malformed static token). */
  | {
      readonly type: 'token.failed';
      readonly attempt: number;
      readonly permanent: boolean;
      readonly failure: FailureInfo;
    }
  /** The first frame for this user: connected. Sent again when the server gives the connection another id. */
  | { readonly type: 'hello.received'; readonly attempt: number; readonly connectionId: string }
  /** The socket is gone, or the attempt to open it failed, for a passing reason. `retryAfterMs`: how long the server asked to wait. */
  | {
      readonly type: 'socket.lost';
      readonly attempt: number;
      readonly failure: FailureInfo;
      readonly retryAfterMs: number;
    }
  /** The server objects to the token; the socket is closed. `renewable`: the source can be asked for another. */
  | {
      readonly type: 'token.refused';
      readonly attempt: number;
      readonly renewable: boolean;
      readonly failure: FailureInfo;
      /** It was accepted before: a source that gives good tokens is meant, however often that happens. */
      readonly expired?: true;
      /** How long the server asks to wait; nothing: it does not. */
      readonly retryAfterMs?: number;
    }
  /**
   * The token is outside of the time in which it is valid: too early, because clocks disagree, or expired, and the attempt
   * failed before the hello. It is dropped, and the source is asked again after the ordinary wait. The socket is closed.
   */
  | {
      readonly type: 'token.notValidNow';
      readonly attempt: number;
      readonly failure: FailureInfo;
      readonly retryAfterMs?: number;
    }
  /** Permanent, about the app, or the login is too large. The socket is closed. */
  | { readonly type: 'app.refused'; readonly attempt: number; readonly failure: FailureInfo }
  /** Permanent, about this user. The socket is closed. */
  | { readonly type: 'user.refused'; readonly attempt: number; readonly failure: FailureInfo }
  /** The server asks not to come back. */
  | { readonly type: 'server.ended'; readonly attempt: number; readonly failure: FailureInfo }
  /** No frame for a whole ping interval, by the wall clock. */
  | { readonly type: 'socket.wentSilent'; readonly attempt: number }
  /**
   * After `socket.wentSilent` or `socket.ping`: a frame arrived, or (without `byFrame`) the protocol has nothing to ask with,
   * and the server has not been silent for longer than it may be.
   */
  | { readonly type: 'probe.passed'; readonly attempt: number; readonly byFrame: boolean }
  /** After `socket.close`: nothing is open any more. */
  | { readonly type: 'socket.closed'; readonly attempt: number };

/** To the persistence actor. Carried out in order; facts are sent only for the newest command. */
export type PersistenceCommand =
  | { readonly type: 'user.load'; readonly attempt: number }
  /**
   * Store the user; with `onlyIfStored` only while they are the one stored. Where another one is by then, or none, this is
   * reported as a change made elsewhere.
   */
  | { readonly type: 'user.save'; readonly attempt: number; readonly user: User; readonly onlyIfStored?: true }
  /**
   * Remove the stored user; with `onlyUserId` only when that user is the one stored. `sessionUserId`: whose session ends;
   * `null` for a guest and an anonymous user, who are never stored.
   */
  | {
      readonly type: 'user.clear';
      readonly attempt: number;
      readonly onlyUserId?: string;
      readonly sessionUserId?: string | null;
    }
  /** The bound of the newest load or clear has passed: report it, and let a later removal overtake. Its fact may still come. */
  | { readonly type: 'storage.abandon' }
  /** A session runs, that of `sessionUserId` unless they are never stored: report when the stored user is changed elsewhere. Idempotent. */
  | { readonly type: 'user.watch'; readonly sessionUserId?: string }
  /** No session runs: stop listening (law 2). Idempotent. */
  | { readonly type: 'user.unwatch' };

export type PersistenceFact =
  | { readonly type: 'persistence.started' }
  | { readonly type: 'user.found'; readonly attempt: number; readonly user: User }
  | { readonly type: 'user.missing'; readonly attempt: number }
  | { readonly type: 'user.unreadable'; readonly attempt: number; readonly failure: FailureInfo }
  /** Durable. It may follow `user.notSaved` of the same attempt, when storage was only late. */
  | { readonly type: 'user.saved'; readonly attempt: number }
  | { readonly type: 'user.notSaved'; readonly attempt: number; readonly failure: FailureInfo }
  | { readonly type: 'user.cleared'; readonly attempt: number }
  | { readonly type: 'user.notCleared'; readonly attempt: number; readonly failure: FailureInfo }
  /** The stored user was changed elsewhere (in another tab, by another client) to this one. */
  | { readonly type: 'user.changedElsewhere'; readonly userId: string | null };
