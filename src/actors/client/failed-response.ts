import { boundReply, type Clock } from '../../clock.ts';
import { CANCELLED, SessionError } from '../../errors.ts';
import { dropPromise } from '../../input.ts';
import { meaningOfStatus, retryAfterMs } from '../../protocol/defaults.ts';
import type { FailedResponse } from '../../protocol/protocol.ts';
import type { Verdict } from '../../protocol/verdict.ts';
import { parseTexts, textOf } from '../../text.ts';
import { LONGEST_TOKEN } from '../../token/load-token.ts';
import { withoutTokens } from '../../token/redact.ts';
import type { Dependencies } from '../dependencies.ts';
import { sendInPage } from '../page-policy.ts';
import { verdictBy } from './checked-protocol.ts';

export type Refusal = FailedResponse & Verdict;

/**
 * Sends an HTTP call. No redirect is followed, which would take what identifies the user outside of the base URL: only
 * `Authorization` is removed on the way to another host, and not on every platform. Once its signal is aborted no
 * response comes, also from a `fetch` that does not heed it.
 */
export async function fetchResponse(
  { fetch }: Dependencies,
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<Response> {
  const response = await sendInPage(url, () => fetch(url, { ...init, redirect: 'manual' }));
  if (!init.signal.aborted) return response;
  // A body that is not read would hold the connection.
  dropPromise(response.body?.cancel?.());
  throw new SessionError(CANCELLED);
}

/** Whether the server itself has responded, and with a success. A `fetch` of the app may have followed a redirect. */
export function isSuccess({ ok, redirected }: Response): boolean {
  return ok && !redirected;
}

/**
 * Reads a response that is no success: its body is parsed if it is JSON, a string otherwise (a proxy's page), `undefined`
 * if there is none; `tokens` are taken out of it. `readError` is the protocol's, `what` names it; a redirect is none of
 * its business. Of a body that is still coming when `signal` is aborted, the rest is not waited for.
 */
export async function readRefusal(
  response: Response,
  dependencies: Dependencies,
  what: string,
  readError: (response: FailedResponse) => Verdict | undefined,
  signal: AbortSignal,
  tokens: readonly string[] = [],
): Promise<Refusal> {
  const { clock } = dependencies;
  const { status, headers, redirected, type } = response;
  // Doubles of `fetch` often leave them out.
  const header = (name: string) => headers?.get?.(name) ?? null;
  const body = parsed(await readErrorBody(response, clock, signal, tokens), tokens);
  const failed: FailedResponse = { status, header, body, nowMs: clock.now() };
  if (redirected || type === 'opaqueredirect' || REDIRECTS.includes(status)) {
    const target = redirected ? response.url : header('location');
    // Without its query, which may hold what the request's held.
    const address = target === null ? '' : ` to ${target.replace(/[?#].*/s, '')}`;
    const message = `it redirects${address}; give the final address as baseUrl`;
    return { ...failed, meaning: 'unavailable', message };
  }
  const verdict = verdictBy(dependencies, what, () => readError(failed));
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

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** JSON may spell a token with escapes, so its strings are looked at once more. */
function parsed(text: string, tokens: readonly string[]): unknown {
  try {
    return parseTexts(text, (each) => withoutTokens(each, tokens));
  } catch {
    return text === '' ? undefined : text;
  }
}

/** In characters. */
const LONGEST_BODY = 65_536;

/** In bytes. What a proxy or a hostile server sends beyond it is not read. */
const MOST_READ = LONGEST_BODY + LONGEST_TOKEN;

/** The status must not wait for a body that does not end. */
const BODY_TIMEOUT_MS = 2_000;

/**
 * The text of a response that is no success, without `tokens`, and cut off where it is too long; empty where it cannot be
 * read, or does not end in time.
 */
function readErrorBody(
  response: Response,
  clock: Clock,
  signal: AbortSignal,
  tokens: readonly string[],
): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    let leave = () => {};
    const finish = () => {
      stopTimer();
      signal.removeEventListener('abort', finish);
      leave();
      resolve(text.slice(0, LONGEST_BODY));
    };
    const stopTimer = boundReply(clock, finish, BODY_TIMEOUT_MS);
    // The platform's `fetch` rejects the read; an app's own may not.
    signal.addEventListener('abort', finish);
    const read = async () => {
      // React Native has no stream, and neither has what some apps give as `fetch`.
      if (typeof response.body?.getReader !== 'function') {
        text = withoutTokens(await response.text(), tokens);
        return;
      }
      const reader = response.body.getReader();
      // What is left of it would hold the connection.
      leave = () => void reader.cancel().catch(() => {});
      const bytes = new Uint8Array(MOST_READ);
      for (let length = 0; ; ) {
        const { done, value } = await reader.read();
        const part = value?.subarray(0, MOST_READ - length) ?? [];
        bytes.set(part, length);
        length += part.length;
        if (!done && length < MOST_READ) continue;
        text = withoutTokens(textOf(bytes.subarray(0, length)) ?? '', tokens);
        // Half a token at the end is not recognised as one.
        if (!done) text = text.slice(0, -LONGEST_TOKEN);
        return;
      }
    };
    void read().then(finish, finish);
    // The app's clock, which was asked for a timer, may have ended the session.
    if (signal.aborted) finish();
  });
}
