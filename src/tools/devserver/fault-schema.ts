import * as z from 'zod/mini';
import { ApiError } from './error-codes.ts';
import type { Fault } from './fault-types.ts';

/*
 * Faults as they come over HTTP, and from callers without types.
 */

const userId = z.string().check(z.minLength(1));
const ms = z.number().check(z.nonnegative(), z.maximum(Number.MAX_SAFE_INTEGER));
const bytes = z.int().check(z.nonnegative(), z.maximum(256 * 1024 * 1024));
const seconds = ms;
const status = z.int().check(z.minimum(200), z.maximum(599));
// A close frame may carry these: 1004 to 1006 and 1015 are reserved.
const closeCode = z.int().check(
  z.refine(
    (code) =>
      [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].includes(code) ||
      (code >= 3000 && code <= 4999),
    {
      error: 'not a code that a close frame may carry',
    },
  ),
);
const errorCode = z.int();

const aim = { userId: z.optional(userId) };
const standing = {
  ...aim,
  times: z.optional(z.union([z.int().check(z.minimum(1)), z.literal('untilLifted')])),
  forMs: z.optional(ms),
};
const errorFrame = {
  code: errorCode,
  message: z.optional(z.string()),
  as: z.optional(z.enum(['error', 'connection.error'])),
  retryAfterSeconds: z.optional(seconds),
  fields: z.optional(z.record(z.string(), z.string())),
  closeCode: z.optional(z.nullable(closeCode)),
};
const oddFrame = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  z.strictObject({ kind: z.literal('json'), value: z.unknown() }),
  z.strictObject({ kind: z.literal('binary'), bytes }),
  z.strictObject({ kind: z.literal('huge'), bytes }),
]);
const path = z.optional(z.string().check(z.startsWith('/')));
const on = z.optional(z.enum(['open', 'next']));

const faultSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('refuseUpgrade'),
    ...standing,
    status: z.optional(status),
    retryAfterSeconds: z.optional(seconds),
  }),
  z.strictObject({ type: z.literal('refuseConnect'), ...standing, ...errorFrame }),
  z.strictObject({
    type: z.literal('closeOnConnect'),
    ...standing,
    closeCode: z.optional(z.nullable(closeCode)),
    when: z.optional(z.enum(['beforeHello', 'afterHello'])),
  }),
  z.strictObject({ type: z.literal('spoilHello'), ...standing, frame: oddFrame }),
  z.strictObject({ type: z.literal('delayHello'), ...standing, delayMs: ms }),
  z.strictObject({ type: z.literal('withholdHello'), ...standing }),
  z.strictObject({ type: z.literal('wrongHello'), ...standing, asUserId: userId }),
  z.strictObject({
    type: z.literal('rateLimit'),
    ...standing,
    on: z.optional(z.enum(['http', 'connect', 'both'])),
    retryAfterSeconds: seconds,
  }),
  z.strictObject({
    type: z.literal('failHttp'),
    ...standing,
    path,
    status: z.optional(status),
    code: z.optional(errorCode),
    text: z.optional(z.string()),
    retryAfterSeconds: z.optional(seconds),
  }),
  z.strictObject({ type: z.literal('holdHttp'), ...standing, path }),
  z.strictObject({ type: z.literal('revokeTokens'), ...aim }),
  z.strictObject({ type: z.literal('expireTokens'), ...aim }),
  z.strictObject({ type: z.literal('restart'), ...aim, downMs: z.optional(ms) }),
  z.strictObject({ type: z.literal('goSilent'), ...standing, on }),
  z.strictObject({ type: z.literal('ignoreClose'), ...standing, on }),
  z.strictObject({ type: z.literal('sendError'), ...aim, ...errorFrame }),
  z.strictObject({ type: z.literal('dropSockets'), ...aim }),
  z.strictObject({ type: z.literal('closeSockets'), ...aim, closeCode, reason: z.optional(z.string()) }),
  z.strictObject({ type: z.literal('sendFrame'), ...aim, frame: oddFrame }),
  z.strictObject({ type: z.literal('secondHello'), ...aim, asUserId: z.optional(userId) }),
]);

/** Passed to each parse: as zod's global setting it would change the messages of the library under test. */
export const english = z.locales.en().localeError;

/** Throws an {@link ApiError} with code 4 that names the field. */
export function parseFault(value: unknown): Fault {
  const parsed = faultSchema.safeParse(value, { error: english });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'the fault' : issue.path.join('.');
  throw new ApiError(4, `${field}: ${issue?.message ?? 'is not valid'}`);
}
