import { Activity, Suspense, use, useEffect, useLayoutEffect } from 'react';
import { expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-react';
import { type ChatClient, memoryRepository, type Result } from '../../../src/index.ts';
import {
  ChatSessionProvider,
  type SessionCommands,
  useChatEvent,
  useSessionClient,
  useSessionCommands,
  useSessionStatus,
  type WantedUser,
} from '../../../src/react/index.ts';
import { countsOf, newUser, options, say, tokenFor, untilCounted } from './dev-server.ts';

function Listener({ onText }: { onText: (text: string) => void }) {
  useChatEvent('message.new', ({ message }) => onText((message as { text: string }).text));
  return <output>{useSessionStatus()}</output>;
}

it('hidden by <Activity> the session ends and the user stays stored; shown again it is restored, and events are heard', async () => {
  const alice = newUser('alice');
  const userRepository = memoryRepository();
  await userRepository.setCurrentUser(alice);
  const heard: string[] = [];
  const app = (mode: 'visible' | 'hidden') => (
    <Activity mode={mode}>
      <ChatSessionProvider options={{ ...options, userRepository }} tokenProvider={tokenFor}>
        <Listener onText={(text) => heard.push(text)} />
      </ChatSessionProvider>
    </Activity>
  );
  const screen = await render(app('visible'));
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');

  await screen.rerender(app('hidden'));
  await untilCounted(alice, { opened: 1, openNow: 0 });

  await screen.rerender(app('visible'));
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');
  expect(await countsOf(alice)).toMatchObject({ opened: 2, openNow: 1, highestOpen: 1 });
  await say(alice, 'welcome back');
  await vi.waitFor(() => expect(heard).toEqual(['welcome back']));
});

it('law 6: a user who became null while hidden is logged out when it is shown again', async () => {
  const alice = newUser('alice');
  const userRepository = memoryRepository();
  const app = (mode: 'visible' | 'hidden', user: WantedUser) => (
    <Activity mode={mode}>
      <ChatSessionProvider options={{ ...options, userRepository }} user={user} tokenProvider={tokenFor}>
        <Listener onText={() => {}} />
      </ChatSessionProvider>
    </Activity>
  );
  const screen = await render(app('visible', alice));
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');
  await vi.waitFor(async () => expect(await userRepository.getCurrentUser()).toMatchObject({ id: alice.id }));
  await screen.rerender(app('hidden', alice));
  await untilCounted(alice, { opened: 1, openNow: 0 });
  await screen.rerender(app('hidden', null));
  await screen.rerender(app('visible', null));
  await vi.waitFor(async () => expect(await userRepository.getCurrentUser()).toBeNull());
  await screen.rerender(app('visible', undefined));
  await expect.element(screen.getByRole('status')).toHaveTextContent('loggedOut');
  expect(await countsOf(alice)).toMatchObject({ opened: 1 });
});

function Keeper({ onCommands }: { readonly onCommands: (commands: SessionCommands) => void }) {
  const commands = useSessionCommands();
  useEffect(() => onCommands(commands), [commands, onCommands]);
  return null;
}

it('law 6: a disconnect() by a timer logs out while hidden, and shown again the user stays logged out', async () => {
  const alice = newUser('alice');
  const userRepository = memoryRepository();
  const kept: SessionCommands[] = [];
  const keep = (commands: SessionCommands) => void kept.push(commands);
  const app = (mode: 'visible' | 'hidden') => (
    <Activity mode={mode}>
      <ChatSessionProvider options={{ ...options, userRepository }} user={alice} tokenProvider={tokenFor}>
        <Keeper onCommands={keep} />
        <Listener onText={() => {}} />
      </ChatSessionProvider>
    </Activity>
  );
  const screen = await render(app('visible'));
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');
  await vi.waitFor(async () => expect(await userRepository.getCurrentUser()).toMatchObject({ id: alice.id }));
  await screen.rerender(app('hidden'));
  await untilCounted(alice, { opened: 1, openNow: 0 });
  expect(await kept[0]?.disconnect()).toMatchObject({ success: true });
  expect(await userRepository.getCurrentUser()).toBeNull();
  await screen.rerender(app('visible'));
  await expect.element(screen.getByRole('status')).toHaveTextContent('loggedOut');
  expect(await countsOf(alice)).toMatchObject({ opened: 1 });
});

const GUEST = { id: 'guest' };

interface GuestProps {
  readonly useAnEffect: typeof useEffect;
  readonly onClient: (client: ChatClient) => void;
  readonly onResult: (result: Result<unknown>) => void;
}

function Guest({ useAnEffect, onClient, onResult }: GuestProps) {
  const client = useSessionClient();
  const { connectGuestUser } = useSessionCommands();
  useEffect(() => onClient(client), [client, onClient]);
  useAnEffect(() => {
    // The server gives each an id of its own: the anonymous user is the one whose sockets the paths count.
    connectGuestUser(GUEST).enqueue(onResult);
  }, [connectGuestUser, onResult]);
  return <output>{useSessionStatus()}</output>;
}

it.each([
  ['an effect', useEffect],
  ['a layout effect', useLayoutEffect],
])('law 3: a component that logs in in %s gets in again when it is shown again', async (_, useAnEffect) => {
  const clients: ChatClient[] = [];
  const results: Result<unknown>[] = [];
  const guest = {
    useAnEffect,
    onClient: (client: ChatClient) => void clients.push(client),
    onResult: (result: Result<unknown>) => void results.push(result),
  };
  const app = (mode: 'visible' | 'hidden') => (
    <Activity mode={mode}>
      <ChatSessionProvider options={options}>
        <Guest {...guest} />
      </ChatSessionProvider>
    </Activity>
  );
  const screen = await render(app('visible'));
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');
  await screen.rerender(app('hidden'));
  await vi.waitFor(() => expect(clients[0]?.getSnapshot().status).toBe('disposed'));
  await screen.rerender(app('visible'));
  await vi.waitFor(() => expect(results.map(({ success }) => success)).toEqual([true, true]));
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');
});

function Page({ content }: { readonly content: Promise<string> | null }) {
  return <main>{content === null ? 'home' : use(content)}</main>;
}

it('laws 7, 8: while a component suspends the session goes on, and it is the same when the content is there', async () => {
  const alice = newUser('alice');
  let finish = (_: string) => {};
  const content = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const app = (page: Promise<string> | null) => (
    <Suspense fallback="loading">
      <ChatSessionProvider options={options} user={alice} tokenProvider={tokenFor}>
        <Listener onText={() => {}} />
        <Page content={page} />
      </ChatSessionProvider>
    </Suspense>
  );
  const screen = await render(app(null));
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');
  await screen.rerender(app(content));
  await expect.element(screen.getByText('loading')).toBeVisible();
  // The client would be disposed a macrotask later.
  await new Promise((resolve) => setTimeout(resolve));
  finish('article');
  await expect.element(screen.getByText('article')).toBeVisible();
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');
  expect(await countsOf(alice)).toMatchObject({ opened: 1, openNow: 1 });
});
