import * as z from 'zod/mini';
import { ApiError } from './error-codes.ts';
import type { Fault, FaultType } from './fault-types.ts';

/*
 * Faults as they come over HTTP, and from callers without types.
 */

const optional = z.optional;
const text = z.string();
const userId = text.check(z.minLength(1));
const ms = z.number().check(z.nonnegative(), z.maximum(Number.MAX_SAFE_INTEGER));
const seconds = ms;
const bytes = z.int().check(z.nonnegative(), z.maximum(256 * 1024 * 1024));
const status = optional(z.int().check(z.minimum(200), z.maximum(599)));
// A close frame may carry these: 1004 to 1006 and 1015 are reserved.
const isCloseCode = (code: number) =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
const closeCode = z.int().check(z.refine(isCloseCode, { error: 'not a code that a close frame may carry' }));

const aim = { userId: optional(userId) };
const standing = {
  ...aim,
  times: optional(z.union([z.int().check(z.minimum(1)), z.literal('untilLifted')])),
  forMs: optional(ms),
};
const errorFrame = {
  code: z.int(),
  message: optional(text),
  as: optional(z.enum(['error', 'connection.error'])),
  retryAfterSeconds: optional(seconds),
  fields: optional(z.record(text, text)),
  closeCode: optional(z.nullable(closeCode)),
};
const frame = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text }),
  z.strictObject({ kind: z.literal('json'), value: z.unknown() }),
  z.strictObject({ kind: z.enum(['binary', 'huge']), bytes }),
]);
const path = optional(text.check(z.startsWith('/')));
const on = optional(z.enum(['open', 'next']));
const failure = { status, retryAfterSeconds: optional(seconds) };

function fault<Type extends FaultType, Shape extends object>(type: Type, shape: Shape) {
  return z.strictObject({ type: z.literal(type), ...shape });
}

const faultSchema = z.discriminatedUnion('type', [
  fault('refuseUpgrade', { ...standing, ...failure }),
  fault('refuseConnect', { ...standing, ...errorFrame }),
  fault('closeOnConnect', {
    ...standing,
    closeCode: errorFrame.closeCode,
    when: optional(z.enum(['beforeHello', 'afterHello'])),
  }),
  fault('spoilHello', { ...standing, frame }),
  fault('delayHello', { ...standing, delayMs: ms }),
  fault('withholdHello', standing),
  fault('wrongHello', { ...standing, asUserId: userId }),
  fault('rateLimit', { ...standing, on: optional(z.enum(['http', 'connect', 'both'])), retryAfterSeconds: seconds }),
  fault('failHttp', { ...standing, ...failure, path, code: optional(z.int()), text: optional(text) }),
  fault('holdHttp', { ...standing, path }),
  fault('revokeTokens', aim),
  fault('expireTokens', aim),
  fault('restart', { ...aim, downMs: optional(ms) }),
  fault('goSilent', { ...standing, on }),
  fault('ignoreClose', { ...standing, on }),
  fault('sendError', { ...aim, ...errorFrame }),
  fault('dropSockets', aim),
  fault('closeSockets', { ...aim, closeCode, reason: optional(text) }),
  fault('sendFrame', { ...aim, frame }),
  fault('secondHello', { ...aim, asUserId: optional(userId) }),
]);

/** Passed to each parse: as zod's global setting it would change the messages of the library under test. */
export const english = z.locales.en().localeError;

/** Throws an {@link ApiError} with code 4 that names the field. */
export function parseFault(value: unknown): Fault {
  const parsed = faultSchema.safeParse(value, { error: english });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ApiError(4, `${issue?.path.join('.') || 'the fault'}: ${issue?.message ?? 'is not valid'}`);
}
