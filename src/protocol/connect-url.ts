import type { Identity } from '../user.ts';
import { encodeQuery } from './query.ts';

export interface ConnectParameters {
  /** `https://host[:port][/path]`, without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly identity: Identity;
  /** `full` sends the whole user; `idOnly` keeps a reconnect from overwriting profile edits made meanwhile. */
  readonly profile: 'full' | 'idOnly';
  /** `null` for anonymous users. */
  readonly token: string | null;
  /** A UUID, new for every attempt. */
  readonly requestId: string;
  /** The value of `X-Stream-Client`. */
  readonly clientName: string;
}

/** The address of one attempt to connect. It holds the token: nobody but the socket may see it. */
export function connectUrl(parameters: ConnectParameters): string {
  const { baseUrl, identity, token } = parameters;
  const json = JSON.stringify({
    user_id: identity.user.id,
    user_details: userDetails(parameters),
    client_request_id: parameters.requestId,
  });
  const query = encodeQuery({
    json,
    api_key: parameters.apiKey,
    authorization: token ?? '',
    'stream-auth-type': authType(identity),
    'X-Stream-Client': parameters.clientName,
  });
  return `${baseUrl.replace(/^http/, 'ws')}/connect?${query}`;
}

export function authType(identity: Identity): 'jwt' | 'anonymous' {
  return identity.kind === 'anonymous' ? 'anonymous' : 'jwt';
}

function userDetails({ identity, profile }: ConnectParameters): object {
  const { id } = identity.user;
  if (identity.kind === 'anonymous') return { ...identity.user, id, anon: true };
  return profile === 'full' ? identity.user : { id };
}
