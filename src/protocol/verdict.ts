import { LONGEST_DELAY_MS } from '../clock.ts';
import type { ErrorCode, FailureInfo } from '../errors.ts';
import type { Timing } from '../timing.ts';

/**
 * What the session has to do about an error, a close or a refusal.
 *
 * - `token`: the server objects to the token; another one may do.
 * - `tokenExpired`: so does an HTTP call, which is then repeated once with a new token.
 * - `tokenTooEarly`: the token is not valid yet, because clocks disagree. Time heals that.
 * - `forbidden`: the upgrade was refused, over the token or by a firewall that blocks WebSockets. Another token is asked
 *   for after the ordinary wait, and HTTP goes on.
 * - `user`: permanent, about this user. The session ends and the stored user is removed.
 * - `app`: permanent, about the app. The session ends, the stored user is kept.
 * - `tooLarge`: what the login sends is too large. The session ends, the stored user is kept.
 * - `ended`: the server asks not to come back. The session ends, the stored user is kept.
 * - `lost`: come back after the ordinary wait.
 * - `unavailable`: the same; the server has a problem of its own.
 * - `restarting`, `overloaded`: everyone was dropped at once; wait a little longer.
 * - `rateLimited`: wait as long as the server asks, at least `timing.backoffBaseMs`.
 * - `messageTooBig`: a message was too big and will be again; come back after `timing.backoffCapMs`.
 */
export type Meaning = keyof typeof MEANINGS;

/** What a protocol makes of an error, a close or a refusal. */
export interface Verdict {
  readonly meaning: Meaning;
  /** The backend's own error code. */
  readonly code?: number | undefined;
  /** What the code means, as the middle of a sentence: "the token is expired". */
  readonly explanation?: string | undefined;
  /** The server's own words. Tokens in it are removed before it is shown. */
  readonly message?: string | undefined;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** How a connection ended. `kind` is the name of the fact that the session receives. */
export interface Ending {
  readonly kind:
    | 'socket.lost'
    | 'token.refused'
    | 'token.notValidNow'
    | 'app.refused'
    | 'user.refused'
    | 'server.ended';
  readonly failure: FailureInfo;
  /** The shortest time to stay away, in milliseconds; 0 without advice. */
  readonly retryAfterMs: number;
}

/** How far a socket had come when it ended. */
export type Progress = 'opening' | 'open' | 'established';

type Pace = Pick<Timing, 'backoffBaseMs' | 'backoffCapMs'>;

/** The fact that follows from each meaning, the error code that an app sees, and the shortest time to stay away. */
export const MEANINGS = {
  token: ['token.refused', 'tokenRejected'],
  tokenExpired: ['token.refused', 'tokenRejected'],
  tokenTooEarly: ['token.notValidNow', 'tokenTooEarly'],
  forbidden: ['token.notValidNow', 'connectionRefused'],
  user: ['user.refused', 'userRejected'],
  app: ['app.refused', 'appRejected'],
  tooLarge: ['app.refused', 'loginTooLarge'],
  ended: ['server.ended', 'endedByServer'],
  lost: ['socket.lost', 'connectionLost'],
  unavailable: ['socket.lost', 'serverUnavailable'],
  restarting: ['socket.lost', 'serverUnavailable', ({ backoffBaseMs }) => Math.round(backoffBaseMs / 3)],
  overloaded: ['socket.lost', 'serverUnavailable', ({ backoffBaseMs }) => backoffBaseMs],
  rateLimited: ['socket.lost', 'rateLimited', ({ backoffBaseMs }) => backoffBaseMs],
  messageTooBig: ['socket.lost', 'connectionLost', ({ backoffCapMs }) => backoffCapMs],
} as const satisfies Record<string, Consequences>;

type Consequences = readonly [kind: Ending['kind'], code: ErrorCode, leastWaitMs?: (pace: Pace) => number];

/** An error frame, or the error in the body of an HTTP response. */
export function endingByError(verdict: Verdict, pace: Pace, details?: Partial<FailureInfo>): Ending {
  const number = verdict.code === undefined ? '' : ` with error ${verdict.code}`;
  return ending(verdict, `The server refuses${number}${detailOf(verdict)}`, pace, details);
}

/** A close of the server, with or without a close frame. `reason` is the server's or the platform's text. */
export function endingByClose(
  { closeCode, reason, progress }: { readonly closeCode: number; readonly reason: string; readonly progress: Progress },
  verdict: Verdict,
  pace: Pace,
): Ending {
  const { explanation = 'closed', message = reason, meaning } = verdict;
  const how = meaning === 'ended' ? 'The server closed the connection for good' : HOW_FAR[progress];
  const sentence = `${how} (code ${closeCode}, ${explanation}${afterColon(message)})`;
  return ending(verdict, sentence, pace, { closeCode }, progress === 'opening');
}

const HOW_FAR: Readonly<Record<Progress, string>> = {
  opening: 'No connection to the server could be opened',
  open: 'The connection closed before the server said hello',
  established: 'The connection closed',
};

/** A response to the upgrade that was not 101. */
export function endingByRefusal(status: number, verdict: Verdict, pace: Pace): Ending {
  const sentence = `The server refused the upgrade with ${status}${detailOf(verdict)}`;
  return ending(verdict, sentence, pace, { status }, true);
}

/** An attempt that fails on this side of the wire. */
export function endingByFailure(failure: FailureInfo): Ending {
  return { kind: 'socket.lost', failure, retryAfterMs: 0 };
}

/** @param neverOpened Whether a connection that was lost was never there: its opening was refused. */
function ending(
  { meaning, code, retryAfterMs = 0 }: Verdict,
  sentence: string,
  pace: Pace,
  details?: Partial<FailureInfo>,
  neverOpened = false,
): Ending {
  const [kind, errorCode, leastWaitMs]: Consequences = MEANINGS[meaning];
  return {
    kind,
    retryAfterMs: Math.min(Math.max(retryAfterMs, leastWaitMs?.(pace) ?? 0), LONGEST_DELAY_MS),
    failure: {
      ...details,
      code: neverOpened && errorCode === 'connectionLost' ? 'connectionRefused' : errorCode,
      message: /[.!?]$/.test(sentence) ? sentence : `${sentence}.`,
      ...(code !== undefined && { serverCode: code }),
      ...(retryAfterMs > 0 && { retryAfterMs }),
    },
  };
}

const afterColon = (text: string): string => (text === '' ? '' : `: ${text}`);

/** The server's message often begins with what its code means. */
function detailOf({ explanation = '', message = '' }: Verdict): string {
  const repeats = message.toLowerCase().startsWith(explanation);
  return `${repeats ? '' : ` (${explanation})`}${afterColon(message)}`;
}
