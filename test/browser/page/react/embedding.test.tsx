import { useActorRef, useMachine, useSelector } from '@xstate/react';
import { StrictMode } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-react';
import { createActor } from 'xstate';
import {
  createSessionActor,
  type EmbeddedSession,
  embedSession,
  memoryRepository,
  type SessionCommand,
  type User,
} from '../../../../src/index.ts';
import { countingProvider, countsOf, newUser, options, tokenFor, untilCounted } from '../dev-server.ts';

/** What an app sends to log a user in. */
const connect = (user: User): SessionCommand => ({
  type: 'session.connect',
  call: 1,
  identity: { kind: 'user', id: user.id, user },
  sourceKey: null,
  online: true,
  foreground: true,
});

function WithActorRef({ machine, input }: EmbeddedSession) {
  const actor = useActorRef(machine, { input });
  const state = useSelector(actor, (chart) => JSON.stringify(chart.value));
  const id = useSelector(actor, (chart) => chart.context.identity?.id);
  return <output>{`${id} ${state}`}</output>;
}

function WithMachine({ machine, input, user }: EmbeddedSession & { readonly user: User }) {
  const [chart, send] = useMachine(machine, { input });
  return (
    <>
      <output>{JSON.stringify(chart.value)}</output>
      <button type="button" onClick={() => send(connect(user))}>
        Log in
      </button>
      <button type="button" onClick={() => send({ type: 'session.disconnect', forgetUser: true })}>
        Log out
      </button>
    </>
  );
}

describe('the statechart embedded in an app, with the real actors', () => {
  it('useActorRef under StrictMode restores the stored user over one socket', async () => {
    const alice = newUser('alice');
    const userRepository = memoryRepository();
    await userRepository.setCurrentUser(alice);
    const tokenProvider = countingProvider();
    const session = embedSession({ ...options, userRepository, tokenProvider });
    const screen = await render(
      <StrictMode>
        <WithActorRef {...session} />
      </StrictMode>,
    );
    await expect.element(screen.getByRole('status')).toHaveTextContent(`${alice.id} {"connected":"healthy"}`);
    expect(await countsOf(alice)).toMatchObject({ opened: 1, openNow: 1, highestOpen: 1 });
    expect(tokenProvider.calls).toBe(1);
    await screen.unmount();
    await untilCounted(alice, { opened: 1, openNow: 0 });
  });

  it('useMachine under StrictMode logs in and out', async () => {
    const alice = newUser('alice');
    const session = embedSession({ ...options, tokenProvider: tokenFor });
    const screen = await render(
      <StrictMode>
        <WithMachine {...session} user={alice} />
      </StrictMode>,
    );
    await expect.element(screen.getByRole('status')).toHaveTextContent('loggedOut');
    await screen.getByRole('button', { name: 'Log in' }).click();
    await expect.element(screen.getByRole('status')).toHaveTextContent('{"connected":"healthy"}');
    expect(await countsOf(alice)).toMatchObject({ opened: 1, highestOpen: 1 });
    await screen.getByRole('button', { name: 'Log out' }).click();
    await expect.element(screen.getByRole('status')).toHaveTextContent('loggedOut');
    await untilCounted(alice, { opened: 1, openNow: 0 });
  });

  it('createActor, and createSessionActor in one line, do the same without React', async () => {
    const alice = newUser('alice');
    const { machine, input } = embedSession({ ...options, tokenProvider: tokenFor });
    const embedded = createActor(machine, { input });
    const ready = createSessionActor({ ...options, tokenProvider: tokenFor });
    for (const actor of [embedded, ready]) {
      actor.start();
      actor.send(connect(alice));
      await vi.waitFor(() => expect(actor.getSnapshot().value).toEqual({ connected: 'healthy' }));
      actor.send({ type: 'session.disconnect', forgetUser: true });
      await vi.waitFor(() => expect(actor.getSnapshot().value).toBe('loggedOut'));
      actor.stop();
    }
    await untilCounted(alice, { opened: 2, openNow: 0, highestOpen: 1 });
  });
});
