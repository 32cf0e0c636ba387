import { isObject } from '../../input.ts';
import { frozenCopy, type User } from '../../user.ts';
import { encodeQuery } from '../query.ts';
import type { StreamChatApp } from './index.ts';

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
  if (typeof token !== 'string' || typeof user.id !== 'string' || user.id === '') return undefined;
  return { user: frozenCopy(user) as User, token };
}
