import { StrictMode } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-react';
import {
  type ChatClient,
  createChatClient,
  memoryRepository,
  type User,
  type UserRepository,
} from '../../../../src/index.ts';
import { ChatSessionProvider, SessionProvider, type WantedUser } from '../../../../src/react/index.ts';
import {
  cause,
  connectsOf,
  countingProvider,
  countsOf,
  newUser,
  options,
  tokenFor,
  untilCounted,
} from '../dev-server.ts';
import { ClientProbe, Session } from './parts.tsx';

type Screen = Awaited<ReturnType<typeof render>>;

const shows = (screen: Screen, label: 'status' | 'user' | 'error', text: string) =>
  expect.element(screen.getByLabelText(label)).toHaveTextContent(new RegExp(`^${text}$`));

describe('one socket', () => {
  it('F1, law 1: StrictMode mounts twice, and there is one socket at every moment, and one provider call', async () => {
    const alice = newUser('alice');
    const provider = countingProvider();
    const screen = await render(
      <StrictMode>
        <ChatSessionProvider options={options} user={alice} tokenProvider={provider}>
          <Session />
        </ChatSessionProvider>
      </StrictMode>,
    );
    await shows(screen, 'status', 'online');
    expect(await countsOf(alice)).toMatchObject({ opened: 1, openNow: 1, highestOpen: 1 });
    expect(provider.calls).toBe(1);
    await screen.unmount();
    await untilCounted(alice, { opened: 1, openNow: 0, highestOpen: 1 });
  });

  it('F1: a token given as a string is sent once under StrictMode too', async () => {
    const alice = newUser('alice');
    const token = await tokenFor(alice);
    const screen = await render(
      <StrictMode>
        <ChatSessionProvider options={options} user={alice} tokenProvider={token}>
          <Session />
        </ChatSessionProvider>
      </StrictMode>,
    );
    await shows(screen, 'status', 'online');
    expect(await countsOf(alice)).toMatchObject({ opened: 1, highestOpen: 1 });
  });

  it("F1: the app's own client asks a provider once under StrictMode too", async () => {
    const alice = newUser('alice');
    const provider = countingProvider();
    await using client = createChatClient(options);
    const screen = await render(
      <StrictMode>
        <SessionProvider client={client} user={alice} tokenProvider={provider}>
          <Session />
        </SessionProvider>
      </StrictMode>,
    );
    await shows(screen, 'status', 'online');
    expect(provider.calls).toBe(1);
    expect(await countsOf(alice)).toMatchObject({ opened: 1, highestOpen: 1 });
  });

  it('F1: what is mounted again within a macrotask keeps its client', async () => {
    const clients = new Set<ChatClient>();
    const screen = await render(
      <StrictMode>
        <ChatSessionProvider options={options}>
          <Session />
          <ClientProbe onClient={(client) => clients.add(client)} />
        </ChatSessionProvider>
      </StrictMode>,
    );
    await shows(screen, 'status', 'loggedOut');
    expect(clients.size).toBe(1);
  });

  it('F2: an inline provider does not reconnect on render, and the newest one is asked', async () => {
    const alice = newUser('alice');
    const asked: number[] = [];
    let letGo: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const app = (number: number) => (
      <ChatSessionProvider
        options={{ ...options }}
        user={{ ...alice }}
        tokenProvider={async (user) => {
          asked.push(number);
          await held;
          return tokenFor(user);
        }}
      >
        <Session />
      </ChatSessionProvider>
    );
    const screen = await render(app(1));
    for (let number = 2; number <= 10; number++) await screen.rerender(app(number));
    letGo();
    await shows(screen, 'status', 'online');
    for (let number = 11; number <= 20; number++) await screen.rerender(app(number));
    expect(await countsOf(alice)).toMatchObject({ opened: 1, hellos: 1 });
    expect(asked).toEqual([1]);
    await cause({ type: 'expireTokens', userId: alice.id });
    await vi.waitFor(() => expect(asked).toEqual([1, 20]));
    await untilCounted(alice, { opened: 2, openNow: 1, highestOpen: 1 });
  });

  it('F2: an object that loads tokens may be made anew with every render, too; taken away, none is asked', async () => {
    const alice = newUser('alice');
    class Tokens {
      readonly #asked: string[];
      readonly #name: string;
      constructor(asked: string[], name: string) {
        this.#asked = asked;
        this.#name = name;
      }
      loadToken(user: User) {
        this.#asked.push(this.#name);
        return tokenFor(user);
      }
    }
    const asked: string[] = [];
    const app = (tokenProvider?: Tokens) => (
      <ChatSessionProvider options={options} user={alice} tokenProvider={tokenProvider}>
        <Session />
      </ChatSessionProvider>
    );
    const screen = await render(app(new Tokens(asked, 'first')));
    await shows(screen, 'status', 'online');
    await screen.rerender(app(new Tokens(asked, 'second')));
    expect(asked).toEqual(['first']);
    await cause({ type: 'expireTokens', userId: alice.id });
    await untilCounted(alice, { opened: 2, openNow: 1, highestOpen: 1 });
    expect(asked).toEqual(['first', 'second']);
    await screen.rerender(app());
    await cause({ type: 'expireTokens', userId: alice.id });
    await shows(screen, 'error', 'tokenUnavailable');
    expect(asked).toEqual(['first', 'second']);
  });

  it('F4: another user logs in without anybody awaiting the logout of the one before', async () => {
    const [alice, bob, carol] = [newUser('alice'), newUser('bob'), newUser('carol')];
    const provider = countingProvider();
    const app = (user: User) => (
      <StrictMode>
        <ChatSessionProvider options={options} user={user} tokenProvider={provider}>
          <Session />
        </ChatSessionProvider>
      </StrictMode>
    );
    const screen = await render(app(alice));
    await shows(screen, 'status', 'online');
    await screen.rerender(app(bob));
    await screen.rerender(app(carol));
    await screen.rerender(app(bob));
    await shows(screen, 'user', bob.id);
    await shows(screen, 'status', 'online');
    await untilCounted(alice, { opened: 1, openNow: 0 });
    expect(await countsOf(bob)).toMatchObject({ opened: 1, openNow: 1 });
    expect(await countsOf(carol)).toMatchObject({ opened: 0 });
    const [[ofAlice], [ofBob]] = [await connectsOf(alice), await connectsOf(bob)];
    expect(ofBob?.openedAtMs).toBeGreaterThanOrEqual(ofAlice?.closedAtMs ?? Number.POSITIVE_INFINITY);
  });
});

it('onDiagnostic of the newest options is called', async () => {
  const alice = newUser('alice');
  const called = new Set<string>();
  const app = (name: string) => (
    <ChatSessionProvider
      options={{ ...options, onDiagnostic: () => void called.add(name) }}
      user={alice}
      tokenProvider={() => ''}
    >
      <Session />
    </ChatSessionProvider>
  );
  const screen = await render(app('first'));
  await shows(screen, 'error', 'tokenUnavailable');
  await vi.waitFor(() => expect([...called]).toEqual(['first']));
  called.clear();
  await screen.rerender(app('second'));
  await screen.getByRole('button').click();
  await vi.waitFor(() => expect([...called]).toEqual(['second']));
});

describe('unmounting', () => {
  it('F8: while the hello is still awaited, no socket stays', async () => {
    const alice = newUser('alice');
    await cause({ type: 'withholdHello', userId: alice.id });
    const screen = await render(
      <ChatSessionProvider options={options} user={alice} tokenProvider={tokenFor}>
        <Session />
      </ChatSessionProvider>,
    );
    await untilCounted(alice, { openNow: 1 });
    await screen.unmount();
    await untilCounted(alice, { opened: 1, openNow: 0 });
  });

  it('ends the session and keeps the stored user, so that the next provider restores them', async () => {
    const alice = newUser('alice');
    const userRepository = memoryRepository();
    const app = (user?: WantedUser) => (
      <ChatSessionProvider options={{ ...options, userRepository }} user={user} tokenProvider={tokenFor}>
        <Session />
      </ChatSessionProvider>
    );
    const first = await render(app(alice));
    await shows(first, 'status', 'online');
    await vi.waitFor(async () => expect(await userRepository.getCurrentUser()).toMatchObject({ id: alice.id }));
    await first.unmount();
    await untilCounted(alice, { openNow: 0 });
    expect(await userRepository.getCurrentUser()).toMatchObject({ id: alice.id });

    const second = await render(app());
    await shows(second, 'user', alice.id);
    await shows(second, 'status', 'online');
    expect(await countsOf(alice)).toMatchObject({ opened: 2, highestOpen: 1 });
  });

  it("leaves the app's own client alone", async () => {
    const alice = newUser('alice');
    await using client = createChatClient({ ...options, tokenProvider: tokenFor });
    const app = (
      <SessionProvider client={client} user={alice}>
        <Session />
      </SessionProvider>
    );
    const first = await render(app);
    await shows(first, 'status', 'online');
    await first.unmount();
    const second = await render(app);
    await shows(second, 'status', 'online');
    expect(await countsOf(alice)).toMatchObject({ opened: 1, openNow: 1 });
  });
});

describe('the user that the provider logs in', () => {
  const userRepository = memoryRepository();
  const app = (user?: WantedUser) => (
    <ChatSessionProvider options={{ ...options, userRepository }} user={user} tokenProvider={tokenFor}>
      <Session />
    </ChatSessionProvider>
  );

  it('undefined is not known yet: the user who is stored is restored, and a session goes on; null logs out', async () => {
    const alice = newUser('alice');
    await userRepository.setCurrentUser(alice);
    const screen = await render(app());
    await shows(screen, 'user', alice.id);
    await screen.rerender(app(alice));
    await screen.rerender(app(undefined));
    await shows(screen, 'status', 'online');
    expect(await countsOf(alice)).toMatchObject({ opened: 1, openNow: 1 });

    await screen.rerender(app(null));
    await shows(screen, 'status', 'loggedOut');
    await shows(screen, 'user', 'nobody');
    expect(await userRepository.getCurrentUser()).toBeNull();
    await untilCounted(alice, { openNow: 0 });
  });

  it('null at the start, which state of an app often begins with, removes and opens nothing (law 7)', async () => {
    const alice = newUser('alice');
    await userRepository.setCurrentUser(alice);
    const screen = await render(<StrictMode>{app(null)}</StrictMode>);
    await shows(screen, 'status', 'idle');
    await screen.rerender(<StrictMode>{app(null)}</StrictMode>);
    expect(await userRepository.getCurrentUser()).toEqual(alice);
    expect(await countsOf(alice)).toMatchObject({ opened: 0 });
    await screen.rerender(<StrictMode>{app(alice)}</StrictMode>);
    await shows(screen, 'status', 'online');
    await screen.rerender(<StrictMode>{app(null)}</StrictMode>);
    await shows(screen, 'status', 'loggedOut');
    expect(await userRepository.getCurrentUser()).toBeNull();
  });

  it('another name of the same user is sent to the server and stored; the same one starts nothing', async () => {
    const alice = { ...newUser('alice'), name: 'Alice' };
    const screen = await render(app(alice));
    await shows(screen, 'status', 'online');
    await screen.rerender(app({ ...alice }));
    expect(await countsOf(alice)).toMatchObject({ opened: 1 });
    await screen.rerender(app({ ...alice, name: 'Alicia' }));
    await untilCounted(alice, { opened: 2, openNow: 1, highestOpen: 1 });
    await vi.waitFor(async () => expect(await userRepository.getCurrentUser()).toMatchObject({ name: 'Alicia' }));
    await shows(screen, 'status', 'online');
  });

  it('F4: logged out and in again in one breath, the user is logged in', async () => {
    const alice = newUser('alice');
    const screen = await render(app(alice));
    await shows(screen, 'status', 'online');
    await screen.rerender(app(null));
    await screen.rerender(app(alice));
    await untilCounted(alice, { opened: 2, openNow: 1, highestOpen: 1 });
    await shows(screen, 'status', 'online');
  });
});

describe('what has ended', () => {
  it('F2: stays so however often it renders, until someone asks', async () => {
    const alice = newUser('alice');
    const app = () => (
      <ChatSessionProvider options={{ ...options }} user={{ ...alice }} tokenProvider={(user) => tokenFor(user)}>
        <Session />
      </ChatSessionProvider>
    );
    const screen = await render(app());
    await shows(screen, 'status', 'online');
    await cause({ type: 'closeSockets', userId: alice.id, closeCode: 1000 });
    await shows(screen, 'error', 'endedByServer');
    for (let renders = 1; renders <= 5; renders++) await screen.rerender(app());
    await shows(screen, 'status', 'loggedOut');
    expect(await countsOf(alice)).toMatchObject({ opened: 1 });
    await screen.getByRole('button').click();
    await shows(screen, 'status', 'online');
    expect(await countsOf(alice)).toMatchObject({ opened: 2, highestOpen: 1 });
  });
});

describe('F5: failures are values, with a way to retry', () => {
  it('a provider that fails is shown; once it works, trying now logs in', async () => {
    const alice = newUser('alice');
    let isBroken = true;
    const screen = await render(
      <ChatSessionProvider
        options={options}
        user={alice}
        tokenProvider={(user) => {
          if (isBroken) throw new Error('no backend');
          return tokenFor(user);
        }}
      >
        <Session />
      </ChatSessionProvider>,
    );
    await shows(screen, 'error', 'tokenUnavailable');
    await shows(screen, 'status', 'loggedOut');
    isBroken = false;
    await screen.getByRole('button').click();
    await shows(screen, 'status', 'online');
    await shows(screen, 'error', 'none');
  });

  it('a wait is cut short', async () => {
    const alice = newUser('alice');
    const patient = { ...options, timing: { ...options.timing, backoffBaseMs: 60_000, backoffCapMs: 60_000 } };
    const screen = await render(
      <ChatSessionProvider options={patient} user={alice} tokenProvider={tokenFor}>
        <Session />
      </ChatSessionProvider>,
    );
    await shows(screen, 'status', 'online');
    await cause({ type: 'closeSockets', userId: alice.id, closeCode: 1011 });
    await shows(screen, 'status', 'waiting');
    await screen.getByRole('button').click();
    await shows(screen, 'status', 'online');
  });

  it('input that cannot be used is shown, with its field', async () => {
    const app = (user: User) => (
      <ChatSessionProvider options={options} user={user} tokenProvider={tokenFor}>
        <Session />
      </ChatSessionProvider>
    );
    const screen = await render(app({ id: ' ' }));
    await shows(screen, 'error', 'invalidArgument user.id');
    const alice = newUser('alice');
    await cause({ type: 'withholdHello', userId: alice.id });
    await screen.rerender(app(alice));
    await shows(screen, 'status', 'connecting');
    await shows(screen, 'error', 'none');
  });

  it('a user that is no JSON is shown, however often it renders, and another user of a class is another user', async () => {
    class Model {
      readonly #user: User;
      constructor(user: User) {
        this.#user = user;
      }
      get id() {
        return this.#user.id;
      }
    }
    const app = (user: User | Model) => (
      <StrictMode>
        <ChatSessionProvider options={options} user={user} tokenProvider={tokenFor}>
          <Session />
        </ChatSessionProvider>
      </StrictMode>
    );
    const [alice, bob] = [newUser('alice'), newUser('bob')];
    const screen = await render(app({ ...alice, balance: 10n }));
    for (let renders = 1; renders <= 3; renders++) await screen.rerender(app({ ...alice, balance: 10n }));
    await shows(screen, 'error', 'invalidArgument user');
    for (const user of [alice, bob]) {
      await screen.rerender(app(new Model(user)));
      await shows(screen, 'user', user.id);
      await shows(screen, 'status', 'online');
    }
    await untilCounted(alice, { opened: 1, openNow: 0 });
  });

  it('a token provider that comes later restores the stored user', async () => {
    const alice = newUser('alice');
    const userRepository = memoryRepository();
    await userRepository.setCurrentUser(alice);
    const app = (tokenProvider?: typeof tokenFor) => (
      <StrictMode>
        <ChatSessionProvider options={{ ...options, userRepository }} tokenProvider={tokenProvider}>
          <Session />
        </ChatSessionProvider>
      </StrictMode>
    );
    const screen = await render(app());
    await shows(screen, 'error', 'tokenSourceMissing');
    await screen.rerender(app(tokenFor));
    await shows(screen, 'status', 'online');
    await shows(screen, 'user', alice.id);
    expect(await countsOf(alice)).toMatchObject({ opened: 1, highestOpen: 1 });
  });

  it('input that cannot be used leaves the session there is, and is history with the next one', async () => {
    const [alice, bob] = [newUser('alice'), newUser('bob')];
    await using client = createChatClient({ ...options, tokenProvider: tokenFor });
    const app = (user: User) => (
      <SessionProvider client={client} user={user}>
        <Session />
      </SessionProvider>
    );
    const screen = await render(app(alice));
    await shows(screen, 'status', 'online');
    await screen.rerender(app({ id: '' }));
    await shows(screen, 'error', 'invalidArgument user.id');
    await shows(screen, 'user', alice.id);
    await shows(screen, 'status', 'online');
    await client.switchUser(bob).orThrow();
    await shows(screen, 'user', bob.id);
    await shows(screen, 'error', 'none');
  });

  it('a logout that could not be made durable is shown, and is done by trying again', async () => {
    const alice = newUser('alice');
    const memory = memoryRepository();
    await memory.setCurrentUser(alice);
    let isBroken = true;
    const userRepository: UserRepository = {
      ...memory,
      clearCurrentUser: () => {
        if (isBroken) throw new Error('read-only');
        return memory.clearCurrentUser();
      },
    };
    const screen = await render(
      <ChatSessionProvider options={{ ...options, userRepository }} user={alice} tokenProvider={tokenFor}>
        <Session />
      </ChatSessionProvider>,
    );
    await shows(screen, 'status', 'online');
    await screen.rerender(
      <ChatSessionProvider options={{ ...options, userRepository }} user={null} tokenProvider={tokenFor}>
        <Session />
      </ChatSessionProvider>,
    );
    await shows(screen, 'error', 'userNotForgotten');
    isBroken = false;
    await screen.getByRole('button').click();
    await shows(screen, 'error', 'none');
    await vi.waitFor(async () => expect(await memory.getCurrentUser()).toBeNull());
  });

  it('a login without a token source is shown', async () => {
    const screen = await render(
      <ChatSessionProvider options={options} user={newUser('alice')}>
        <Session />
      </ChatSessionProvider>,
    );
    await shows(screen, 'error', 'tokenSourceMissing');
  });
});
