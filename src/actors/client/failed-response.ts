import { meaningOfStatus } from '../../protocol/defaults.ts';
import type { FailedResponse } from '../../protocol/protocol.ts';
import { retryAfterMs } from '../../protocol/retry-after.ts';
import type { Verdict } from '../../protocol/verdict.ts';
import { withoutTokens } from '../../token/redact.ts';
import type { Dependencies } from '../dependencies.ts';
import { verdictBy } from './checked-protocol.ts';
import { readErrorBody } from './error-body.ts';
import type { Outbox } from './outbox.ts';

export type Refusal = FailedResponse & Verdict;

/**
 * With it, `fetch` follows no redirect, which would take what identifies the user outside of the base URL: only
 * `Authorization` is removed on the way to another host, and not on every platform.
 */
export const WITHOUT_REDIRECTS = { redirect: 'manual' } as const;

/** Whether the server itself has responded, and with a success. A `fetch` of the app may have followed a redirect. */
export function isSuccess({ ok, redirected }: Response): boolean {
  return ok && !redirected;
}

/**
 * Reads a response that is no success: its body is parsed if it is JSON, a string otherwise (a proxy's page), `undefined`
 * if there is none; `tokens` are taken out of it. `readError` is the protocol's, `what` names it; a redirect is none of
 * its business.
 */
export async function readRefusal(
  response: Response,
  { protocol, clock, report }: Dependencies,
  what: string,
  readError: (response: FailedResponse) => Verdict | undefined,
  tokens: readonly string[] = [],
): Promise<Refusal> {
  const { status, headers, redirected, type } = response;
  const header = (name: string) => headers.get(name);
  const body = parsed(await readErrorBody(response, clock, tokens), tokens);
  const failed: FailedResponse = { status, header, body, nowMs: clock.now() };
  if (redirected || type === 'opaqueredirect' || REDIRECTS.has(status)) {
    const target = redirected ? response.url : header('location');
    // Without its query, which may hold what the request's held.
    const address = target === null ? '' : ` to ${target.replace(/[?#].*/s, '')}`;
    const message = `it redirects${address}; give the final address as baseUrl`;
    return { ...failed, meaning: 'unavailable', message };
  }
  const outbox: Pick<Outbox, 'report'> = { report: (source, failure) => report({ source, failure }) };
  const verdict = verdictBy(protocol, what, () => readError(failed), outbox);
  return {
    ...failed,
    ...(verdict ?? {
      // The token of a call may be older than the socket's, so it is renewed once.
      meaning: status === 401 ? 'tokenExpired' : meaningOfStatus(status),
      retryAfterMs: retryAfterMs(header, failed.nowMs),
    }),
  };
}

/** Whether the same call may succeed later: not what the server refuses for what it is. */
export function isWorthRetrying(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** JSON may spell a token with escapes, so its strings are looked at once more. */
function parsed(text: string, tokens: readonly string[]): unknown {
  const clean = (_: string, value: unknown): unknown => {
    if (typeof value === 'string') return withoutTokens(value, tokens);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [withoutTokens(key, tokens), each]));
  };
  try {
    return JSON.parse(text, clean);
  } catch {
    return text === '' ? undefined : text;
  }
}
