import { LONGEST_DELAY_MS } from '../clock.ts';
import type { ErrorCode, FailureInfo } from '../errors.ts';
import type { Timing } from '../timing.ts';
import { CLOSE_CODES, type CloseClass, ERROR_CODES, type ErrorClass } from './codes.ts';
import type { ServerError } from './frames.ts';

/*
 * What follows from what a server said last: one decision per error frame, close, or frame that makes no sense.
 */

/** How a connection ended. `kind` is the name of the fact that the session is told. */
export interface Ending {
  readonly kind: 'socket.lost' | 'token.refused' | 'token.tooEarly' | 'app.refused' | 'user.refused' | 'server.ended';
  readonly failure: FailureInfo;
  /** The shortest time to stay away, as the server advised; 0 without advice. */
  readonly retryAfterMs: number;
}

export type Pace = Pick<Timing, 'backoffBaseMs' | 'backoffCapMs'>;

const ENDINGS: Readonly<
  Record<Exclude<ErrorClass, 'userData'>, { readonly kind: Ending['kind']; readonly code: ErrorCode }>
> = {
  token: { kind: 'token.refused', code: 'tokenRejected' },
  tokenTooEarly: { kind: 'token.tooEarly', code: 'tokenTooEarly' },
  app: { kind: 'app.refused', code: 'appRejected' },
  user: { kind: 'user.refused', code: 'userRejected' },
  rateLimited: { kind: 'socket.lost', code: 'rateLimited' },
  transient: { kind: 'socket.lost', code: 'serverUnavailable' },
};

/** An error frame, or the error in the body of an HTTP answer. */
export function classifyError(error: ServerError, pace: Pace): Ending {
  const errorClass = classOf(error);
  const { kind, code } = ENDINGS[errorClass];
  const leastMs = errorClass === 'rateLimited' ? pace.backoffBaseMs : 0;
  return {
    kind,
    retryAfterMs: Math.min(Math.max(error.retryAfterMs, leastMs), LONGEST_DELAY_MS),
    failure: { code, message: sayError(error), ...(error.code !== null && { serverCode: error.code }) },
  };
}

/**
 * A code that is not in the table is judged by its HTTP status: 401 is about the token, and every other one is taken
 * as passing. A mistake then costs attempts that get rarer and rarer; the opposite mistake would log somebody out.
 */
export function classOf(error: ServerError): Exclude<ErrorClass, 'userData'> {
  const known = error.code === null ? undefined : ERROR_CODES.get(error.code);
  if (known === undefined) {
    if (error.statusCode === 401) return 'token';
    return error.statusCode === 429 ? 'rateLimited' : 'transient';
  }
  if (known.class !== 'userData') return known.class;
  return isAboutUserData(error) ? 'user' : 'app';
}

const NAME_TAKEN = 6;
const USER_FIELD = /^(?:user|user_id|user_details|me|name)(?:[.[]|$)/i;
const USER_DATA = /\buser(?:_details)?\.\w+|\buser[ _]?(?:id|name)\b/i;
const A_NAME = /\b(?:user)?name\b/i;

/** Whether it names the user's own data. Without evidence it does not: the stored user is removed on the strength of this. */
function isAboutUserData({ code, message, fields }: ServerError): boolean {
  if (fields.length > 0) return fields.some((field) => USER_FIELD.test(field));
  return USER_DATA.test(message) || (code === NAME_TAKEN && A_NAME.test(message));
}

function sayError({ code, statusCode, message }: ServerError): string {
  const meaning = code === null ? undefined : ERROR_CODES.get(code)?.meaning;
  const number = code === null ? (statusCode === null ? '' : ` (status ${statusCode})`) : ` (code ${code})`;
  const said = message === '' ? '' : `: ${message}`;
  const text = `The server refuses${number}${meaning === undefined ? '' : `, ${meaning}`}${said}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** How far a socket had come when it ended. */
export type Progress = 'opening' | 'open' | 'greeted';

/** A close, with or without a close frame. `reason` is the server's text. */
export function classifyClose(closeCode: number, reason: string, progress: Progress, pace: Pace): Ending {
  const { class: closeClass, meaning } = CLOSE_CODES.get(closeCode) ?? { class: 'lost', meaning: 'closed' };
  const said = `code ${closeCode}, ${meaning}${reason === '' ? '' : `: ${reason}`}`;
  if (closeClass === 'ended') {
    return {
      kind: 'server.ended',
      retryAfterMs: 0,
      failure: { code: 'endedByServer', closeCode, message: `The server closed the connection for good (${said}).` },
    };
  }
  return {
    kind: 'socket.lost',
    retryAfterMs: floorOf(closeClass, pace),
    failure: { code: codeOf(closeClass, progress), closeCode, message: `${HOW_FAR[progress]} (${said}).` },
  };
}

const HOW_FAR: Readonly<Record<Progress, string>> = {
  opening: 'No connection to the server could be opened',
  open: 'The connection closed before the server said hello',
  greeted: 'The connection closed',
};

function codeOf(closeClass: CloseClass, progress: Progress): ErrorCode {
  if (closeClass === 'restarting' || closeClass === 'overloaded') return 'serverUnavailable';
  return progress === 'opening' ? 'connectionRefused' : 'connectionLost';
}

function floorOf(closeClass: CloseClass, pace: Pace): number {
  switch (closeClass) {
    case 'restarting':
      return Math.round(pace.backoffBaseMs / 3);
    case 'overloaded':
      return pace.backoffBaseMs;
    case 'tooBig':
      return pace.backoffCapMs;
    default:
      return 0;
  }
}

/** A first frame that is no hello, no error and no chat event. */
export function classifyBadFrame(problem: string): Ending {
  return {
    kind: 'socket.lost',
    retryAfterMs: 0,
    failure: { code: 'badFrame', message: `The first frame cannot be understood: ${problem}.` },
  };
}

const LONGEST_ID = 100;

/** A hello, but for somebody else. */
export function classifyWrongHello(expectedId: string, saidId: string): Ending {
  return {
    kind: 'socket.lost',
    retryAfterMs: 0,
    failure: {
      code: 'helloForAnotherUser',
      message: `The server said hello to "${saidId.slice(0, LONGEST_ID)}" instead of "${expectedId}".`,
    },
  };
}
