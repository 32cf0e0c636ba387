import { isFilledString, isObject } from '../../input.ts';
import { frozenCopy, type User } from '../../user.ts';
import { retryAfterMs } from '../defaults.ts';
import type { FailedResponse, HttpCall } from '../protocol.ts';
import { encodeQuery } from '../query.ts';
import { authType } from './connect-url.ts';
import { NO_ERROR, readServerError, type ServerError } from './frames.ts';
import type { StreamChatApp } from './index.ts';

/*
 * HTTP in the session user's name: what the address and the headers hold.
 */

/** Names of parameters and headers that the session sets. */
export const RESERVED: readonly string[] = [
  'user_id',
  'connection_id',
  'api_key',
  'authorization',
  'stream-auth-type',
  'x-stream-client',
];

/** What the session holds stands last and wins over the caller's `query`. */
export function callUrl({ baseUrl, apiKey }: StreamChatApp, call: HttpCall): string {
  const query = encodeQuery({
    ...call.query,
    user_id: call.userId,
    connection_id: call.connectionId ?? undefined,
    api_key: apiKey,
  });
  const joint = call.path.includes('?') ? '&' : '?';
  return `${baseUrl}${call.path}${joint}${query}`;
}

/** The headers of a call; names in lower case. Those of the session win over the caller's. */
export function callHeaders({ clientName }: StreamChatApp, call: HttpCall): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.headers)) headers[name.toLowerCase()] = value;
  delete headers.authorization;
  if (call.token !== null) headers.authorization = call.token;
  headers['stream-auth-type'] = authType(call.kind);
  headers['x-stream-client'] = clientName;
  return headers;
}

/** The error in the body of a failed call. A body that is none (a proxy's page) leaves the status. */
export function readHttpError({ status, header, body, nowMs }: FailedResponse): ServerError {
  const error = (isObject(body) && readServerError(body)) || NO_ERROR;
  return { ...error, statusCode: status, retryAfterMs: retryAfterMs(header, nowMs) || error.retryAfterMs };
}

export function createGuest({ baseUrl, apiKey, clientName }: StreamChatApp, user: User) {
  return {
    url: `${baseUrl}/guest?${encodeQuery({ api_key: apiKey })}`,
    headers: { 'stream-auth-type': 'anonymous', 'x-stream-client': clientName },
    body: { user },
  };
}

export function readGuest(body: unknown): { readonly user: User; readonly token: string } | undefined {
  if (!isObject(body) || !isObject(body.user)) return undefined;
  const { access_token: token, user } = body;
  if (typeof token !== 'string' || !isFilledString(user.id)) return undefined;
  return { user: frozenCopy(user) as User, token };
}
