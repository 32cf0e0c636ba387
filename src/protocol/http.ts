import type { Identity } from '../user.ts';
import { authType } from './connect-url.ts';
import { encodeQuery } from './query.ts';

/*
 * HTTP in the session user's name: what the address and the headers hold.
 */

export interface CallParameters {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Begins with `/`; may hold a query of its own, no fragment. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly userId: string;
  /** `null` while not connected. */
  readonly connectionId: string | null;
}

/** What the session knows stands last and wins over the caller's `query`. */
export function callUrl(parameters: CallParameters): string {
  const query = encodeQuery({
    ...parameters.query,
    user_id: parameters.userId,
    connection_id: parameters.connectionId ?? undefined,
    api_key: parameters.apiKey,
  });
  const joint = parameters.path.includes('?') ? '&' : '?';
  return `${parameters.baseUrl}${parameters.path}${joint}${query}`;
}

/** The headers of a call; names in lower case. Those of the session win over the caller's. */
export function callHeaders(
  own: Readonly<Record<string, string>>,
  identity: Identity,
  token: string | null,
  clientName: string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) headers[name.toLowerCase()] = value;
  delete headers.authorization;
  if (token !== null) headers.authorization = token;
  headers['stream-auth-type'] = authType(identity);
  headers['x-stream-client'] = clientName;
  return headers;
}

export function guestUrl(baseUrl: string, apiKey: string): string {
  return `${baseUrl}/guest?${encodeQuery({ api_key: apiKey })}`;
}

/** How long a 429 asks to wait, by `Retry-After` (seconds or a date) or `x-ratelimit-reset` (seconds since the epoch). */
export function retryAfterMs(header: (name: string) => string | null, nowMs: number): number {
  const retryAfter = header('retry-after')?.trim() ?? '';
  const seconds = retryAfter === '' ? Number.NaN : Number(retryAfter);
  const untilMs = Number.isNaN(seconds) ? Date.parse(retryAfter) : nowMs + seconds * 1000;
  const resetSeconds = Number(header('x-ratelimit-reset') ?? Number.NaN);
  const waitMs = Number.isNaN(untilMs) ? resetSeconds * 1000 - nowMs : untilMs - nowMs;
  return Number.isFinite(waitMs) && waitMs > 0 ? Math.round(waitMs) : 0;
}
