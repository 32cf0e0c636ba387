import { randomUUID } from 'node:crypto';
import { isFilledString } from '../../input.ts';
import { BoundedMap } from './bounded-map.ts';
import { ApiError } from './error-codes.ts';
import type { Fields } from './json.ts';
import type { ChatMessage, StoredUser } from './types.ts';

/*
 * Users, channels and messages, in memory, the newest of each.
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
  /** Since when each user is a member. */
  readonly members: Map<string, string>;
}

export type Chat = ReturnType<typeof createChat>;

const KEPT = { users: 10_000, channels: 200, members: 2_500, messages: 5_000 };
const SHOWN_MESSAGES = 100;
/** As many as a query may name, or shows. */
const MOST_NAMED_MEMBERS = 100;
const LONGEST_MESSAGE_CHARACTERS = 20_000;
const RESERVED_FIELDS = ['id', 'role', 'created_at', 'updated_at', 'last_active', 'online', 'banned'];

export function createChat(now: () => number) {
  const users = new BoundedMap<string, StoredUser>(KEPT.users);
  const channels = new BoundedMap<string, Channel>(KEPT.channels);
  const messages = new BoundedMap<symbol, ChatMessage>(KEPT.messages);
  const at = () => new Date(now()).toISOString();

  /** Stores the fields; `{ id }` alone does not change an existing user. */
  function upsertUser(userId: string, fields: Fields, role = 'user'): StoredUser {
    const known = users.get(userId);
    const own = Object.fromEntries(Object.entries(fields).filter(([field]) => !RESERVED_FIELDS.includes(field)));
    if (known !== undefined && Object.keys(own).length === 0) return known;
    const user = { role, created_at: at(), ...known, ...own, id: userId, updated_at: at() };
    users.set(userId, user);
    return user;
  }

  function open(type: string, id: string, creator: StoredUser): Channel {
    const cid = `${type}:${id}`;
    const known = channels.get(cid);
    if (known !== undefined) return known;
    const members = new BoundedMap<string, string>(KEPT.members);
    const channel = { cid, type, id, createdAt: at(), creator, members };
    channels.set(cid, channel);
    return channel;
  }

  function addMember({ members }: Channel, userId: string): void {
    if (!members.has(userId)) members.set(userId, at());
  }

  function describe({ cid, type, id, createdAt, creator, members: sinceByUser }: Channel, user: StoredUser): Fields {
    const describeMember = ([userId, since]: readonly [string, string]) => ({
      user_id: userId,
      user: upsertUser(userId, {}),
      channel_role: 'channel_member',
      role: 'member',
      created_at: since,
      updated_at: since,
    });
    const since = sinceByUser.get(user.id);
    return {
      channel: {
        cid,
        type,
        id,
        created_at: createdAt,
        updated_at: createdAt,
        created_by: creator,
        frozen: false,
        disabled: false,
        member_count: sinceByUser.size,
        config: {
          name: type,
          typing_events: true,
          read_events: true,
          connect_events: true,
          max_message_length: 5000,
          commands: [],
        },
        own_capabilities: ['read-events', 'send-message'],
      },
      messages: [...messages.values()].filter((message) => message.cid === cid).slice(-SHOWN_MESSAGES),
      pinned_messages: [],
      members: [...sinceByUser].slice(-MOST_NAMED_MEMBERS).map(describeMember),
      membership: since === undefined ? {} : describeMember([user.id, since]),
      watcher_count: sinceByUser.size,
      read: [],
    };
  }

  return {
    user: (userId: string) => users.get(userId),
    upsertUser,
    join: (user: StoredUser) => addMember(open('messaging', 'general', user), user.id),
    members: (cid: string) => [...(channels.get(cid)?.members.keys() ?? [])],

    /** @throws ApiError with 4 when it names too many members. */
    query(type: string, id: string, user: StoredUser, memberIds: readonly string[]): Fields {
      if (memberIds.length > MOST_NAMED_MEMBERS) throw new ApiError(4, `At most ${MOST_NAMED_MEMBERS} members a query`);
      const channel = open(type, id, user);
      for (const userId of [user.id, ...memberIds]) addMember(channel, userId);
      return describe(channel, user);
    },

    queryAll: (user: StoredUser, cids: readonly string[] | null) =>
      [...channels.values()]
        .filter((channel) => channel.members.has(user.id) && (cids === null || cids.includes(channel.cid)))
        .map((channel) => describe(channel, user)),

    /** @throws ApiError with 16 (no such channel), 17 (not a member), 4 (not a message) or 22 (too big). */
    addMessage(type: string, id: string, user: StoredUser, given: Fields): ChatMessage {
      const cid = `${type}:${id}`;
      const channel = channels.get(cid);
      if (channel === undefined) throw new ApiError(16, `There is no channel ${cid}: query it first`);
      if (!channel.members.has(user.id)) throw new ApiError(17, `${user.id} is not a member of ${cid}`);
      if (typeof given.text !== 'string') throw new ApiError(4, 'message.text must be a string');
      if (JSON.stringify(given).length > LONGEST_MESSAGE_CHARACTERS) throw new ApiError(22);
      const created = at();
      const message: ChatMessage = {
        ...given,
        id: isFilledString(given.id) ? given.id : `${user.id}-${randomUUID()}`,
        text: given.text,
        html: '',
        type: 'regular',
        cid,
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
      messages.set(Symbol(message.id), message);
      return message;
    },
  };
}
