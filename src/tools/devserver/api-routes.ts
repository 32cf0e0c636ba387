import { randomUUID } from 'node:crypto';
import { isFilledString, isObject } from '../../input.ts';
import { ApiError } from './error-codes.ts';
import type { Call, Reply, Route } from './http.ts';
import { fieldsOf } from './json.ts';
import type { Parts } from './parts.ts';
import type { Sockets } from './sockets.ts';
import type { ChatMessage, StoredUser } from './types.ts';

/** The part of Stream's HTTP API that a session and a small chat need. */
export function createApiRoutes({ apiKey, chat, log, login, tokenTtlSeconds }: Parts, sockets: Sockets): Route {
  async function identify({ query, headers }: Call): Promise<StoredUser> {
    const claims = await login.verify({
      apiKey: query.get('api_key'),
      authType: [headers['stream-auth-type']].flat()[0] ?? query.get('stream-auth-type') ?? 'jwt',
      token: headers.authorization ?? null,
      userId: query.get('user_id'),
    });
    if (claims === null) throw new ApiError(17, 'Anonymous users may not do this');
    return chat.upsertUser(claims.userId, {});
  }

  async function createGuest({ query, body, problem }: Call): Promise<Reply> {
    if (query.get('api_key') !== apiKey) throw new ApiError(2);
    if (problem !== null) throw problem;
    const wished = fieldsOf(fieldsOf(body).user);
    if (!isFilledString(wished.id)) throw new ApiError(4, 'user.id is needed');
    if (JSON.stringify(wished).length > LONGEST_PROFILE_CHARACTERS) throw new ApiError(22);
    const user = chat.upsertUser(`guest-${randomUUID()}-${wished.id}`, wished, 'guest');
    return created({ user, access_token: await login.issue(user.id, { expiresInSeconds: tokenTtlSeconds }) });
  }

  function publish(message: ChatMessage): void {
    const { cid, user, created_at } = message;
    const members = new Set(chat.members(cid));
    const [channel_type, channel_id] = cid.split(':');
    const frame = JSON.stringify({ type: 'message.new', cid, channel_type, channel_id, message, user, created_at });
    for (const connection of sockets.connected()) {
      if (members.has(connection.user?.id ?? '')) connection.socket.trySend(frame);
    }
    log.emit({ type: 'message', userId: user.id, cid, message });
  }

  function toChannel(user: StoredUser, { path, query, body }: Call): Reply | null {
    const [, type = '', id = '', action = ''] = path.slice(1).split('/').map(decode);
    if (id === '') return null;
    switch (action) {
      case 'query': {
        const isConnected = () =>
          sockets.connected().some(({ record }) => record.connectionId === query.get('connection_id'));
        if (fieldsOf(body).watch === true && !isConnected()) throw new ApiError(46);
        return created(chat.query(type, id, user, memberIds(body)));
      }
      case 'message': {
        const { message: given } = fieldsOf(body);
        if (!isObject(given)) throw new ApiError(4, 'message is needed');
        const message = chat.addMessage(type, id, user, given);
        publish(message);
        return created({ message });
      }
      // Accepted without effect, as far as an ordinary chat client needs.
      case 'event':
      case 'read':
      case 'stop-watching':
        return created({});
      default:
        return null;
    }
  }

  return async (call) => {
    const { method, path, body, problem } = call;
    if (method === 'GET' && path === '/hi') return { status: 200, body: { duration: '' } };
    if (method === 'POST' && path === '/guest') return createGuest(call);
    const missing = new ApiError(16, `There is no ${method} ${path}`);
    if (!path.startsWith('/channels')) throw missing;
    const user = await identify(call);
    if (problem !== null) throw problem;
    if (method !== 'POST') throw missing;
    if (path === '/channels') return created({ channels: chat.queryAll(user, wantedCids(body)) });
    const reply = toChannel(user, call);
    if (reply === null) throw missing;
    return reply;
  };
}

const LONGEST_PROFILE_CHARACTERS = 20_000;

const created = (body: Readonly<Record<string, unknown>>): Reply => ({ status: 201, body: { ...body, duration: '' } });

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ApiError(4, 'The path is not valid');
  }
}

/** `data.members` of a channel query: user ids, or objects that hold one. */
function memberIds(body: unknown): string[] {
  const { members } = fieldsOf(fieldsOf(body).data);
  if (!Array.isArray(members)) return [];
  const ids = members.map((member: unknown) => fieldsOf(member).user_id ?? member);
  return ids.filter(isFilledString);
}

/** `filter_conditions: {cid: {$in: […]}}`, which stream-chat-js sends after a reconnect; any other filter means all. */
function wantedCids(body: unknown): readonly string[] | null {
  const wanted = fieldsOf(fieldsOf(fieldsOf(body).filter_conditions).cid).$in;
  return Array.isArray(wanted) ? wanted.filter((cid): cid is string => typeof cid === 'string') : null;
}
