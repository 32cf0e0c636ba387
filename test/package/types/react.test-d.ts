import type { ReactElement } from 'react';
import { describe, expectTypeOf, it } from 'vitest';
import { plain } from '../../../examples/protocols/plain/protocol.ts';
import {
  type Call,
  type ChatClient,
  type Connection,
  createChatClient,
  createProtocolClient,
  type Status,
  type User,
} from '../../../src/index.ts';
import {
  ChatSessionProvider,
  SessionProvider,
  useChatEvent,
  useChatSession,
  useSessionCommands,
  useSessionMachine,
  useSessionSelector,
  useSessionStatus,
  useSessionUser,
} from '../../../src/react/index.ts';

const client: ChatClient = createChatClient({ apiKey: 'key' });
const options = { apiKey: 'key' };
const user: User = { id: 'alice' };

describe('the provider', () => {
  it('takes a client of the app, or options of one, and not both or none', () => {
    expectTypeOf(SessionProvider({ client })).toEqualTypeOf<ReactElement>();
    expectTypeOf(ChatSessionProvider({ options })).toEqualTypeOf<ReactElement>();
    // @ts-expect-error a client has its options already
    SessionProvider({ client, options });
    // @ts-expect-error nothing to make a session from
    SessionProvider({ user });
    // @ts-expect-error nothing to make a session from
    ChatSessionProvider({ user });
    // @ts-expect-error one way to give it: as a prop, which may be inline
    ChatSessionProvider({ options: { apiKey: 'key', tokenProvider: 'token' } });
  });

  it('takes a client of any protocol', () => {
    SessionProvider({ client: createProtocolClient({ protocol: plain('wss://example.org') }) });
  });

  it('takes a user, null for no one, and undefined for "not known yet"', () => {
    for (const wanted of [user, null, undefined]) SessionProvider({ client, user: wanted });
    // @ts-expect-error a user has an id
    SessionProvider({ client, user: { name: 'Alice' } });
  });

  it('takes a token or any provider', () => {
    SessionProvider({ client, user, tokenProvider: 'token' });
    SessionProvider({ client, user, tokenProvider: ({ id }) => id });
    SessionProvider({ client, user, tokenProvider: async (_, { signal }) => String(signal.aborted) });
    SessionProvider({ client, user, tokenProvider: { loadToken: () => 'token' } });
    // @ts-expect-error a token is a string
    SessionProvider({ client, user, tokenProvider: () => 42 });
  });
});

describe('the hooks', () => {
  it('answer what they are named after', () => {
    expectTypeOf(useSessionStatus).returns.toEqualTypeOf<Status>();
    expectTypeOf(useSessionUser).returns.toEqualTypeOf<User | null>();
    expectTypeOf(useChatSession).returns.toHaveProperty('status').toEqualTypeOf<Status>();
    expectTypeOf(useChatSession).returns.toHaveProperty('nextAttemptAt').toEqualTypeOf<number | null>();
  });

  it('take the type from the selector', () => {
    const count = () => useSessionSelector(({ failedAttempts }) => failedAttempts);
    expectTypeOf(count).returns.toEqualTypeOf<number>();
    const isOnline = () => useSessionMachine((chart) => chart.matches({ connected: 'healthy' }));
    expectTypeOf(isOnline).returns.toEqualTypeOf<boolean>();
    // @ts-expect-error there is no such state
    () => useSessionMachine((chart) => chart.matches('conected'));
  });

  it('hand out the commands of the client, each answering a call', () => {
    const { connectUser, retryNow } = {} as ReturnType<typeof useSessionCommands>;
    expectTypeOf(connectUser(user)).toEqualTypeOf<Call<Connection>>();
    expectTypeOf(retryNow).returns.toBeVoid();
    // @ts-expect-error only the provider ends the client that it made
    useSessionCommands().dispose;
  });

  it('type chat events as far as the app has declared them', () => {
    useChatEvent('message.read', (event) => expectTypeOf(event.type).toBeString());
    useChatEvent('*', (event) => expectTypeOf(event.cid).toBeUnknown());
  });
});
