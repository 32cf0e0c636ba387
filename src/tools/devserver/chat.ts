import { randomUUID } from 'node:crypto';
import { ApiError } from './error-codes.ts';
import type { ChatMessage, StoredUser } from './types.ts';

/*
 * Users, channels and messages, in memory.
 *
 * Every user who has connected is a member of `messaging:general`. Any other channel begins with the first query for it;
 * the users who query it, and those that a query names as `data.members`, are members from then on.
 */

interface Channel {
  readonly cid: string;
  readonly type: string;
  readonly id: string;
  readonly createdAt: string;
  readonly creator: StoredUser;
  readonly members: Map<string, string>;
  readonly messages: ChatMessage[];
}

export interface Chat {
  user(userId: string): StoredUser | undefined;
  /** Stores the fields; `{ id }` alone does not change an existing user. */
  upsertUser(userId: string, fields: Readonly<Record<string, unknown>>, role?: string): StoredUser;
  /** Makes a user who has connected a member of `messaging:general`. */
  join(user: StoredUser): void;
  /** The members' user ids, empty for a channel that does not exist. */
  members(cid: string): readonly string[];
  query(type: string, id: string, user: StoredUser, memberIds: readonly string[]): Record<string, unknown>;
  /** The user's channels; with `cids` only those. */
  queryAll(user: StoredUser, cids: readonly string[] | null): Record<string, unknown>[];
  /** @throws ApiError with 16 (no such channel), 17 (not a member) or 4 (not a message). */
  addMessage(type: string, id: string, user: StoredUser, message: Readonly<Record<string, unknown>>): ChatMessage;
}

const KEPT_MESSAGES = 100;
const RESERVED_FIELDS = ['id', 'role', 'created_at', 'updated_at', 'last_active', 'online', 'banned'];

export function createChat(now: () => number): Chat {
  const users = new Map<string, StoredUser>();
  const channels = new Map<string, Channel>();
  const at = () => new Date(now()).toISOString();

  function upsertUser(userId: string, fields: Readonly<Record<string, unknown>>, role = 'user'): StoredUser {
    const known = users.get(userId);
    const own = Object.fromEntries(Object.entries(fields).filter(([field]) => !RESERVED_FIELDS.includes(field)));
    if (known !== undefined && Object.keys(own).length === 0) return known;
    const user = {
      ...known,
      ...own,
      id: userId,
      role: known?.role ?? role,
      created_at: known?.created_at ?? at(),
      updated_at: at(),
    };
    users.set(userId, user);
    return user;
  }

  function open(type: string, id: string, creator: StoredUser): Channel {
    const cid = `${type}:${id}`;
    const channel = channels.get(cid) ?? { cid, type, id, createdAt: at(), creator, members: new Map(), messages: [] };
    channels.set(cid, channel);
    return channel;
  }

  function addMember(channel: Channel, userId: string): void {
    if (!channel.members.has(userId)) channel.members.set(userId, at());
  }

  function describe(channel: Channel, user: StoredUser): Record<string, unknown> {
    const members = [...channel.members].map(([userId, since]) => ({
      user_id: userId,
      user: users.get(userId) ?? upsertUser(userId, {}),
      channel_role: 'channel_member',
      role: 'member',
      created_at: since,
      updated_at: since,
    }));
    return {
      channel: {
        cid: channel.cid,
        type: channel.type,
        id: channel.id,
        created_at: channel.createdAt,
        updated_at: channel.createdAt,
        created_by: channel.creator,
        frozen: false,
        disabled: false,
        member_count: members.length,
        config: {
          name: channel.type,
          typing_events: true,
          read_events: true,
          connect_events: true,
          max_message_length: 5000,
          commands: [],
        },
        own_capabilities: ['read-events', 'send-message'],
      },
      messages: channel.messages,
      pinned_messages: [],
      members,
      membership: members.find((member) => member.user_id === user.id) ?? {},
      watcher_count: members.length,
      read: [],
    };
  }

  return {
    user: (userId) => users.get(userId),
    upsertUser,

    join(user) {
      addMember(open('messaging', 'general', user), user.id);
    },

    members: (cid) => [...(channels.get(cid)?.members.keys() ?? [])],

    query(type, id, user, memberIds) {
      const channel = open(type, id, user);
      for (const userId of [user.id, ...memberIds]) addMember(channel, userId);
      return describe(channel, user);
    },

    queryAll: (user, cids) =>
      [...channels.values()]
        .filter((channel) => channel.members.has(user.id) && (cids === null || cids.includes(channel.cid)))
        .map((channel) => describe(channel, user)),

    addMessage(type, id, user, given) {
      const channel = channels.get(`${type}:${id}`);
      if (channel === undefined) throw new ApiError(16, `There is no channel ${type}:${id}: query it first`);
      if (!channel.members.has(user.id)) throw new ApiError(17, `${user.id} is not a member of ${type}:${id}`);
      if (typeof given.text !== 'string') throw new ApiError(4, 'message.text must be a string');
      const created = at();
      const message: ChatMessage = {
        ...given,
        id: typeof given.id === 'string' && given.id !== '' ? given.id : `${user.id}-${randomUUID()}`,
        text: given.text,
        html: '',
        type: 'regular',
        cid: channel.cid,
        user,
        attachments: Array.isArray(given.attachments) ? given.attachments : [],
        mentioned_users: [],
        latest_reactions: [],
        own_reactions: [],
        reaction_counts: {},
        reaction_scores: {},
        reply_count: 0,
        created_at: created,
        updated_at: created,
      };
      channel.messages.push(message);
      if (channel.messages.length > KEPT_MESSAGES) channel.messages.shift();
      return message;
    },
  };
}
