import { randomUUID } from 'node:crypto';
import type { Chat } from './chat.ts';
import { ApiError } from './error-codes.ts';
import type { Call, Reply } from './http.ts';
import { isObject, type Login } from './login.ts';
import type { Tokens } from './tokens.ts';
import type { ChatMessage, StoredUser } from './types.ts';

/*
 * The part of Stream's HTTP API that a session and a small chat need.
 */

export interface ApiDependencies {
  readonly apiKey: string;
  readonly chat: Chat;
  readonly login: Login;
  readonly tokens: Tokens;
  readonly tokenTtlSeconds: number;
  /** Whether a socket with this connection id is connected. */
  readonly isConnected: (connectionId: string) => boolean;
  /** Sends an accepted message to the members' sockets. */
  readonly publish: (cid: string, message: ChatMessage) => void;
}

/** @throws ApiError, which becomes the response. */
export type Route = (call: Call) => Reply | Promise<Reply>;

export function createApiRoutes(dependencies: ApiDependencies): Route {
  const { apiKey, chat, login, tokens, tokenTtlSeconds, isConnected, publish } = dependencies;

  async function identify({ query, headers }: Call): Promise<StoredUser> {
    const caller = await login.verify({
      apiKey: query.get('api_key'),
      authType: first(headers['stream-auth-type']) ?? query.get('stream-auth-type') ?? 'jwt',
      token: headers.authorization ?? null,
      userId: query.get('user_id'),
    });
    if (caller.kind === 'anonymous') throw new ApiError(17, 'Anonymous users may not do this');
    return chat.upsertUser(caller.claims.userId, {});
  }

  async function createGuest({ query, body, problem }: Call): Promise<Reply> {
    if (query.get('api_key') !== apiKey) throw new ApiError(2);
    if (problem !== null) throw problem;
    const wished = isObject(body) && isObject(body.user) ? body.user : null;
    if (wished === null || typeof wished.id !== 'string' || wished.id === '')
      throw new ApiError(4, 'user.id is needed');
    const user = chat.upsertUser(`guest-${randomUUID()}-${wished.id}`, wished, 'guest');
    const token = await tokens.issue(user.id, { expiresInSeconds: tokenTtlSeconds });
    return { status: 201, body: { user, access_token: token, duration: '' } };
  }

  function queryChannel(user: StoredUser, [type, id]: ChannelName, { query, body }: Call): Reply {
    const options = isObject(body) ? body : {};
    if (options.watch === true) {
      const connectionId = query.get('connection_id');
      if (connectionId === null || !isConnected(connectionId)) throw new ApiError(46);
    }
    return { status: 201, body: { ...chat.query(type, id, user, memberIds(options)), duration: '' } };
  }

  function sendMessage(user: StoredUser, [type, id]: ChannelName, { body }: Call): Reply {
    const given = isObject(body) ? body.message : undefined;
    if (!isObject(given)) throw new ApiError(4, 'message is needed');
    const message = chat.addMessage(type, id, user, given);
    publish(`${type}:${id}`, message);
    return { status: 201, body: { message, duration: '' } };
  }

  function queryChannels(user: StoredUser, { body }: Call): Reply {
    const channels = chat.queryAll(user, wantedCids(body));
    return { status: 201, body: { channels, duration: '' } };
  }

  return async (call) => {
    const { method, path } = call;
    if (method === 'GET' && path === '/hi') return { status: 200, body: { duration: '' } };
    if (method === 'POST' && path === '/guest') return createGuest(call);
    if (!path.startsWith('/channels')) throw new ApiError(16, `There is no ${method} ${path}`);
    const user = await identify(call);
    if (call.problem !== null) throw call.problem;
    if (method === 'POST' && path === '/channels') return queryChannels(user, call);
    const [, type = '', id = '', action = ''] = path.slice(1).split('/').map(decode);
    if (method === 'POST' && id !== '') {
      if (action === 'query') return queryChannel(user, [type, id], call);
      if (action === 'message') return sendMessage(user, [type, id], call);
      // Accepted without effect, as far as an ordinary chat client needs.
      if (['event', 'read', 'stop-watching'].includes(action)) return { status: 201, body: { duration: '' } };
    }
    throw new ApiError(16, `There is no ${method} ${path}`);
  };
}

type ChannelName = readonly [type: string, id: string];

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ApiError(4, 'The path is not valid');
  }
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** `data.members` of a channel query: user ids, or objects that hold one. */
function memberIds(options: Readonly<Record<string, unknown>>): string[] {
  const members = isObject(options.data) ? options.data.members : undefined;
  if (!Array.isArray(members)) return [];
  const ids = members.map((member: unknown) => (isObject(member) ? member.user_id : member));
  return ids.filter((id): id is string => typeof id === 'string' && id !== '');
}

/** `filter_conditions: {cid: {$in: […]}}`, which stream-chat-js sends after a reconnect; any other filter means all. */
function wantedCids(body: unknown): readonly string[] | null {
  const filter = isObject(body) && isObject(body.filter_conditions) ? body.filter_conditions : {};
  const wanted = isObject(filter.cid) ? filter.cid.$in : undefined;
  return Array.isArray(wanted) ? wanted.filter((cid): cid is string => typeof cid === 'string') : null;
}
