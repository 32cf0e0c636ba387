import type { Identity } from '../../user.ts';
import type { Login } from '../protocol.ts';
import { encodeQuery } from '../query.ts';
import type { StreamChatApp } from './index.ts';

/** The address of one attempt to connect. It holds the token. */
export function connectUrl({ baseUrl, apiKey, clientName }: StreamChatApp, login: Login): string {
  const { identity, token } = login;
  const json = JSON.stringify({
    user_id: identity.user.id,
    user_details: userDetails(login),
    client_request_id: login.createId(),
  });
  const query = encodeQuery({
    json,
    api_key: apiKey,
    authorization: token ?? '',
    'stream-auth-type': authType(identity.kind),
    'X-Stream-Client': clientName,
  });
  return `${baseUrl.replace(/^http/i, 'ws')}/connect?${query}`;
}

export function authType(kind: Identity['kind']): 'jwt' | 'anonymous' {
  return kind === 'anonymous' ? 'anonymous' : 'jwt';
}

function userDetails({ identity, profile }: Login): object {
  const { id } = identity.user;
  if (identity.kind === 'anonymous') return { ...identity.user, id, anon: true };
  return profile === 'full' ? identity.user : { id };
}
