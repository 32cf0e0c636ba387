import { describe, expect, it } from 'vitest';
import { type Actor, createActor } from 'xstate';
import { sessionMachine } from '../../src/machines/session.ts';
import {
  type LifecyclePath,
  leafOf,
  lifecyclePaths,
  PathError,
  pathsFor,
  runPath,
  type SystemUnderTest,
  testLifecycle,
  VirtualClock,
} from '../../src/testing/index.ts';

/** The machine, running as an actor: the least that can be run through the paths. */
type Sut = Actor<typeof sessionMachine>;

const subject: SystemUnderTest<Sut> = {
  start: ({ input }) => createActor(sessionMachine, { input, clock: new VirtualClock() }).start(),
  events: Object.fromEntries(
    sessionMachine.events.map((type) => [type, (sut: Sut, { event }) => sut.send(event)]),
  ) as SystemUnderTest<Sut>['events'],
  states: Object.fromEntries(
    ['restoring', 'loggedOut', 'loadingToken', 'connecting', 'connected', 'disconnecting'].map((state) => [
      state,
      (sut: Sut) => expect(leafOf(sut.getSnapshot()).split('.')[0]).toBe(state),
    ]),
  ),
  invariants: {
    'it runs': (sut) => expect(sut.getSnapshot().status).toBe('active'),
    'it is where the path says': (sut, { after }) => expect(sut.getSnapshot().value).toEqual(after.snapshot.value),
  },
  stop: (sut) => void sut.stop(),
};

testLifecycle(subject, { describe, test: it });

describe('a path that fails', () => {
  const [path] = lifecyclePaths();
  if (path === undefined) throw new Error('There are no paths.');

  const { 'client.started': _, ...rest } = subject.events;
  const lacking = { ...subject, events: rest };

  it('says at which step, what was expected, and how it came there', async () => {
    const lying = { ...subject, invariants: { 'law 0: nothing happens': (sut: Sut) => expect(sut).toBe(null) } };
    const error = await runPath(lying, path).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(PathError);
    expect((error as PathError).step).toBe(1);
    expect((error as PathError).path).toBe(path);
    expect((error as PathError).cause).toMatchObject({ name: 'AssertionError' });
    expect((error as PathError).message).toContain('law 0: nothing happens');
    expect((error as PathError).message).toMatch(/0\. restoring\n→ 1\. client\.started: restoring$/);
  });

  it('when an event has no cause', async () => {
    await expect(runPath(lacking, path)).rejects.toThrow('The subject has no cause for client.started.');
  });

  it.each(['states', 'invariants'] as const)('when one of its %s returns false', async (kind) => {
    for (const no of [() => false, async () => false]) {
      const name = kind === 'states' ? 'restoring' : 'law 0';
      const untrue: SystemUnderTest<Sut> = { ...subject, [kind]: { [name]: no } };
      await expect(runPath(untrue, path)).rejects.toThrow('It returned false.');
    }
  });

  it('when what is to be seen in a state is not there in one inside of it', async () => {
    const isThere = ({ after }: { after: { snapshot: Parameters<typeof leafOf>[0] } }) =>
      leafOf(after.snapshot) === LEAF;
    const LEAF = 'connecting.waiting';
    const way = lifecyclePaths().find(({ events }) => events.some(isThere)) ?? path;
    for (const state of [LEAF, 'connecting']) {
      const untrue = { ...subject, states: { [state]: (sut: Sut) => leafOf(sut.getSnapshot()) !== LEAF } };
      await expect(runPath(untrue, way)).rejects.toThrow(`expecting ${LEAF}: It returned false.`);
    }
  });

  it.each([
    ['events.token.loadd', { events: { ...subject.events, 'token.loadd': () => {} } }],
    ['events.token.failed (permanet)', { events: { ...subject.events, 'token.failed (permanet)': () => {} } }],
    ['states.conected', { states: { conected: () => {} } }],
    ['states.connecting.open', { states: { 'connecting.open': () => {} } }],
    ['invariant', { invariant: { 'law 0': () => {} } }],
  ])('before it begins, when there is no %s', async (field, misspelt) => {
    const wrong = { ...subject, ...misspelt };
    const refusal = expect.objectContaining({ code: 'invalidArgument', field });
    await expect(runPath(wrong, path)).rejects.toEqual(refusal);
    expect(() => testLifecycle(wrong, { describe: () => {}, test: () => {} })).toThrowError(refusal);
  });

  it('takes the system down', async () => {
    const stopped: Sut[] = [];
    const failing = { ...subject, events: {}, stop: (sut: Sut) => void stopped.push(sut) };
    await expect(runPath(failing, path)).rejects.toThrow(PathError);
    expect(stopped).toHaveLength(1);
  });
});

describe('pathsFor()', () => {
  it('gives a system that can cause everything the paths as they are, once each', () => {
    const paths = lifecyclePaths();
    const names = (some: readonly LifecyclePath[]) => some.map(({ name }) => name).sort();
    expect(names(pathsFor(subject, [...paths, ...paths]))).toEqual(names(paths));
  });

  it('ends each path before the first event without a cause, and leaves out what is the same then', () => {
    const { 'socket.lost': _, 'session.suspend': __, ...events } = subject.events;
    const paths = pathsFor({ events }, lifecyclePaths());
    const types = paths.flatMap((cut) => cut.events.map(({ event }) => event.type));
    expect(types).not.toContain('socket.lost');
    expect(types).not.toContain('session.suspend');
    expect(types).toContain('hello.received');
    const stories = paths.map((cut) => `${cut.input.restorable} ${cut.events.map(({ name }) => name)}`);
    const begins = (story: string) => stories.filter((other) => `${other},`.startsWith(`${story},`)).length;
    expect(stories.map(begins)).toEqual(stories.map(() => 1));
    expect(pathsFor({ events: {} }, lifecyclePaths()).map((cut) => cut.events)).toEqual([[], []]);
  });
});
