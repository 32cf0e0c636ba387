import { type ReactNode, StrictMode } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { render, renderHook } from 'vitest-browser-react';
import { type ChatClient, type ChatEvent, type ClientSnapshot, createChatClient } from '../../../../src/index.ts';
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
} from '../../../../src/react/index.ts';
import { Backend } from '../../../../src/testing/index.ts';
import { cause, liftFaults, newUser, options, say, tokenFor } from '../dev-server.ts';

async function connected(name: string): Promise<{ client: ChatClient; user: ReturnType<typeof newUser> }> {
  const user = newUser(name);
  const client = createChatClient({ ...options, tokenProvider: tokenFor });
  await client.connectUser(user).orThrow();
  return { client, user };
}

/** A component that uses one hook, shows what it returns, and reports when it renders. */
function Probe({ name, use, onRender }: { name: string; use: () => unknown; onRender: (name: string) => void }) {
  onRender(name);
  return <output aria-label={name}>{JSON.stringify(use())}</output>;
}

describe('hooks render again only for what they select', () => {
  it('another connection id concerns those who show it', async () => {
    const { client, user } = await connected('alice');
    await using _ = client;
    const rendered: string[] = [];
    const probe = (name: string, use: () => unknown) => (
      <Probe name={name} use={use} onRender={(who) => rendered.push(who)} />
    );
    const screen = await render(
      <SessionProvider client={client}>
        {probe('everything', () => useChatSession())}
        {probe('connection', () => useSessionSelector((snapshot) => snapshot.connectionId))}
        {probe('status', () => useSessionStatus())}
        {probe('user', () => useSessionUser())}
        {probe('possible', () => useSessionSelector(possible, (a, b) => a.join() === b.join()))}
        {probe('state', () => useSessionMachine((chart) => chart.matches({ connected: 'healthy' })))}
        {probe('commands', () => useSessionCommands())}
      </SessionProvider>,
    );
    await expect.element(screen.getByLabelText('state')).toHaveTextContent('true');
    await expect.element(screen.getByLabelText('possible')).toHaveTextContent('["disconnect","suspend"]');
    const connectionId = client.getSnapshot().connectionId ?? '';
    await expect.element(screen.getByLabelText('connection')).toHaveTextContent(connectionId);
    await expect.element(screen.getByLabelText('user')).toHaveTextContent(user.id);

    rendered.length = 0;
    await cause({ type: 'secondHello', userId: user.id });
    await expect.element(screen.getByLabelText('connection')).not.toHaveTextContent(connectionId);
    expect(rendered).toEqual(['everything', 'connection']);
  });
});

function Uses() {
  const { user, disconnect } = useChatSession();
  const commands = useSessionCommands();
  const shown = {
    ids: [user?.id, useSessionUser()?.id, useSessionMachine(({ context }) => context.identity?.id)],
    statuses: [useSessionStatus(), useSessionStatus({ graceMs: 60_000 })],
  };
  return (
    <>
      <output>{JSON.stringify(shown)}</output>
      <button type="button" onClick={() => void [disconnect(), commands.disconnect()]}>
        Log out
      </button>
    </>
  );
}

it('law 4: given another client, every hook is about its session, and so are the commands', async () => {
  const { client: first } = await connected('alice');
  const { client: second, user: bob } = await connected('bob');
  await using _ = first;
  await using __ = second;
  await second.suspend().orThrow();
  const app = (client: ChatClient) => (
    <SessionProvider client={client}>
      <Uses />
    </SessionProvider>
  );
  const screen = await render(app(first));
  await expect.element(screen.getByRole('status')).toHaveTextContent('"online","online"');
  await screen.rerender(app(second));
  const ids = [bob.id, bob.id, bob.id];
  const shown = JSON.stringify({ ids, statuses: ['suspended', 'suspended'] });
  await expect.element(screen.getByRole('status')).toHaveTextContent(shown);
  await screen.getByRole('button').click();
  await vi.waitFor(() => expect(second.getSnapshot().status).toBe('loggedOut'));
  expect(first.getSnapshot().status).toBe('online');
});

const possible = ({ can }: ClientSnapshot) => Object.entries(can).flatMap(([name, is]) => (is ? [name] : []));

function Banner({ graceMs, onRender }: { graceMs: number; onRender: (status: string) => void }) {
  const status = useSessionStatus({ graceMs });
  onRender(status);
  return <output aria-label="status">{status}</output>;
}

describe('a status with a grace', () => {
  async function shown(graceMs: number) {
    const { client, user } = await connected('alice');
    const rendered: unknown[] = [];
    const screen = await render(
      <SessionProvider client={client}>
        <Banner graceMs={graceMs} onRender={(status) => rendered.push(status)} />
      </SessionProvider>,
    );
    const banner = screen.getByLabelText('status');
    await expect.element(banner).toHaveTextContent('online');
    rendered.length = 0;
    return { client, user, banner, rendered };
  }

  it('is late by the grace, and by that alone; without one, an outage is shown at once', async () => {
    const backend = new Backend();
    await using client = createChatClient(backend.options());
    const login = client.connectUser({ id: 'alice' });
    await backend.clock.advance(1_000);
    await login.orThrow();
    const { result, rerender, act } = await renderHook(
      (graceMs: number = 5_000) => [useSessionStatus(), useSessionStatus({ graceMs })],
      { wrapper: ({ children }) => <SessionProvider client={client}>{children}</SessionProvider> },
    );
    backend.welcome = { kind: 'refuse' };
    await act(async () => {
      backend.closeSockets();
      await backend.clock.advance(4_900);
    });
    expect(result.current).toEqual([client.getSnapshot().status, 'online']);
    expect(result.current[0]).not.toBe('online');
    await act(() => backend.clock.advance(200));
    expect(result.current[1]).toBe('reconnecting');
    await rerender(60_000);
    expect(result.current[1]).toBe('online');
  });

  it('an outage shorter than the grace is not rendered', async () => {
    const { client, user, rendered } = await shown(60_000);
    await using _ = client;
    const { connectionId } = client.getSnapshot();
    await cause({ type: 'refuseConnect', code: -1, times: 2, userId: user.id });
    await cause({ type: 'dropSockets', userId: user.id });
    await vi.waitFor(() => expect(client.getSnapshot().connectionId).not.toBe(connectionId));
    await vi.waitFor(() => expect(client.getSnapshot().status).toBe('online'));
    expect(client.getSnapshot().awayMs).not.toBeNull();
    expect(rendered).toEqual([]);
  });

  it('a longer one is shown late, as one thing, and hidden at once', async () => {
    const { client, user, banner, rendered } = await shown(150);
    await using _ = client;
    await cause({ type: 'refuseConnect', code: -1, times: 'untilLifted', userId: user.id });
    await cause({ type: 'dropSockets', userId: user.id });
    await expect.element(banner).toHaveTextContent('reconnecting');
    const { lostAt } = client.getSnapshot();
    expect(Date.now() - (lostAt ?? Number.NaN)).toBeGreaterThanOrEqual(149);
    await liftFaults(user);
    await vi.waitFor(() => expect(client.getSnapshot().status).toBe('online'));
    await expect.element(banner).toHaveTextContent('online');
    expect(rendered).toEqual(['reconnecting', 'online']);
  });
});

describe('commands', () => {
  it('stay the same from render to render, and drive the session', async () => {
    const alice = newUser('alice');
    const { result, act } = await renderHook(() => useChatSession(), { wrapper: Login });
    await vi.waitFor(() => expect(result.current.status).toBe('loggedOut'));
    const { connectUser, disconnect, retryNow } = result.current;
    let answer: unknown;
    await act(() => connectUser(alice).enqueue((it) => (answer = it.success && it.value.user.id)));
    await vi.waitFor(() => expect(result.current.status).toBe('online'));
    expect(answer).toBe(alice.id);
    expect(result.current).toMatchObject({ connectUser, disconnect, retryNow });
    await act(() => disconnect());
    await vi.waitFor(() => expect(result.current.status).toBe('loggedOut'));
    expect(result.current).toMatchObject({ connectUser, disconnect, retryNow });
  });

  it('a hook without a provider, or without its function, says what is missing', async () => {
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
    await expect(renderHook(() => useSessionStatus())).rejects.toThrow('<ChatSessionProvider>');
    const none = undefined as never;
    for (const [use, field] of [
      [() => useSessionSelector(none), 'selector'],
      [() => useSessionMachine(none), 'selector'],
      [() => useChatEvent('message.new', none), 'listener'],
    ] as const) {
      await expect(renderHook(use)).rejects.toMatchObject({ code: 'invalidArgument', field });
    }
    quiet.mockRestore();
  });
});

function Login({ children }: { children: ReactNode }) {
  return (
    <StrictMode>
      <ChatSessionProvider options={options} tokenProvider={tokenFor}>
        {children}
      </ChatSessionProvider>
    </StrictMode>
  );
}

describe('useChatEvent', () => {
  it('calls the newest listener, and subscribes once however often it renders', async () => {
    const { client, user } = await connected('alice');
    await using _ = client;
    const subscribed = vi.spyOn(client, 'on');
    const heard: string[] = [];
    const app = (number: number) => (
      <SessionProvider client={client}>
        <Hearer type="message.new" onEvent={(event) => heard.push(`${number} ${textOf(event)}`)} />
      </SessionProvider>
    );
    const screen = await render(app(1));
    await say(user, 'one');
    await vi.waitFor(() => expect(heard).toEqual(['1 one']));
    for (let number = 2; number <= 5; number++) await screen.rerender(app(number));
    await say(user, 'two');
    await vi.waitFor(() => expect(heard).toEqual(['1 one', '5 two']));
    expect(subscribed).toHaveBeenCalledTimes(1);
    await screen.unmount();
    const hasCome = new Promise((resolve) => client.on('message.new', resolve));
    await say(user, 'three');
    await hasCome;
    expect(heard).toEqual(['1 one', '5 two']);
  });

  it('receives an event once under StrictMode', async () => {
    const { client, user } = await connected('alice');
    await using _ = client;
    const heard: unknown[] = [];
    await render(
      <StrictMode>
        <SessionProvider client={client}>
          <Hearer type="*" onEvent={(event) => heard.push(textOf(event))} />
        </SessionProvider>
      </StrictMode>,
    );
    await say(user, 'one');
    await say(user, 'two');
    await vi.waitFor(() => expect(heard.filter((text) => text === 'one' || text === 'two')).toEqual(['one', 'two']));
  });
});

function Hearer({ type, onEvent }: { type: string; onEvent: (event: ChatEvent) => void }) {
  useChatEvent(type, (event) => onEvent(event));
  return null;
}

const textOf = ({ message }: ChatEvent) => (message as { text?: string } | undefined)?.text;
