import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../../src/repository/memory.ts';
import type { UserRepository } from '../../../src/repository/repository.ts';
import { DEFAULT_TIMING } from '../../../src/timing.ts';
import type { User } from '../../../src/user.ts';
import { alice, bob, GatedRepository, Harness, settle } from './harness.ts';

const fail = (cause: unknown) => () => {
  throw cause;
};

/** Reports changes by `subscribe` when a test says so. */
class Watchable {
  readonly listeners = new Set<(user: User | null) => void>();

  subscribe = (listener: (user: User | null) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  change(user: unknown): void {
    for (const listener of [...this.listeners]) listener(user as User | null);
  }
}

/** A repository that reports changes, and holds every call until the test allows it. */
function gatedAndWatched(stored: User | null = null) {
  const repository = new GatedRepository(stored);
  const { subscribe, change, listeners } = new Watchable();
  return Object.assign(repository, { subscribe, change, listeners });
}

function watched(): UserRepository & Pick<Watchable, 'change' | 'listeners'> {
  return Object.assign(memoryRepository(), new Watchable(), { change: Watchable.prototype.change });
}

const changesOf = (session: Harness) =>
  session.facts.flatMap((fact) => (fact.type === 'user.changedElsewhere' ? [fact.userId] : []));

describe('changes made elsewhere', () => {
  it('E15: are reported in a later microtask while a session runs', async () => {
    const repository = watched();
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    repository.change(bob);
    repository.change(null);
    expect(session.facts).toEqual([]);
    await settle();
    expect(changesOf(session)).toEqual(['bob', null]);
  });

  it('law 2: are watched once, from watch to unwatch', async () => {
    const repository = watched();
    const session = new Harness(repository);
    session.load(1);
    await settle();
    expect(repository.listeners.size).toBe(0);
    session.send({ type: 'user.watch' });
    session.send({ type: 'user.watch' });
    expect(repository.listeners.size).toBe(1);
    session.send({ type: 'user.unwatch' });
    session.send({ type: 'user.unwatch' });
    expect(repository.listeners.size).toBe(0);
    session.send({ type: 'user.watch' });
    expect(repository.listeners.size).toBe(1);
    session.stop();
    expect(repository.listeners.size).toBe(0);
  });

  it('law 4: are not reported after unwatch, even if they happened before', async () => {
    const repository = watched();
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    const [late] = repository.listeners;
    repository.change(bob);
    session.send({ type: 'user.unwatch' });
    session.send({ type: 'user.watch' });
    late?.(bob);
    await settle();
    expect(changesOf(session)).toEqual([]);
  });

  it('law 4: are not reported to a restarted actor by the subscription of its earlier run', async () => {
    const repository = watched();
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    const [late] = repository.listeners;
    session.restart();
    late?.(null);
    await settle();
    expect(changesOf(session)).toEqual([]);
    expect(repository.listeners.size).toBe(0);
  });

  it('law 11: to something that is not a user are reported as a fault, and ignored', async () => {
    const repository = watched();
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    for (const nonsense of [undefined, 'bob', {}, { id: 7 }]) repository.change(nonsense);
    await settle();
    expect(changesOf(session)).toEqual([]);
    expect(session.codes).toEqual(Array(4).fill('repository: storageFailed'));
    expect(session.reports[3]?.failure.message).toContain('something that is not a user');
  });

  it('law 11: a repository that cannot be watched or unwatched is reported', async () => {
    const [unwatchable, unstoppable, strange] = [
      new Harness({ ...memoryRepository(), subscribe: fail(new Error('no')) }),
      new Harness({ ...memoryRepository(), subscribe: () => fail(new Error('never')) }),
      new Harness({ ...memoryRepository(), subscribe: (() => 7) as never }),
    ];
    for (const session of [unwatchable, unstoppable, strange]) {
      session.send({ type: 'user.watch' });
      session.send({ type: 'user.unwatch' });
    }
    const messages = (session: Harness) => session.reports.map(({ failure }) => failure.message);
    expect(messages(unwatchable)).toEqual(['The user repository could not be watched: no']);
    expect(messages(unstoppable)).toEqual(['The user repository could not be unwatched: never']);
    expect(messages(strange)).toEqual([]);
  });

  it('law 11: made in this process are noticed where the repository cannot be watched', async () => {
    const repository = { ...memoryRepository(), subscribe: fail(new Error('no')) };
    const [one, other] = [new Harness(repository), new Harness(repository)];
    other.send({ type: 'user.watch' });
    one.save(1, alice);
    await settle();
    expect(changesOf(other)).toEqual(['alice']);
  });

  it('need no support by the repository', () => {
    const session = new Harness(memoryRepository());
    session.send({ type: 'user.watch' });
    session.send({ type: 'user.unwatch' });
    expect(session.reports).toEqual([]);
  });
});

describe('law 6: changes made elsewhere while the stored user is being read', () => {
  it('are seen: the user who logged out meanwhile is not restored', async () => {
    const repository = gatedAndWatched(alice);
    const session = new Harness(repository);
    session.load(1);
    await settle();
    repository.change(null);
    // The read returns what was stored before the change.
    await repository.allow();
    repository.stored = null;
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'get']);
    expect(session.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
  });

  it('are seen also while the load waits for its turn', async () => {
    const repository = gatedAndWatched(alice);
    const [other, session] = [new Harness(repository), new Harness(repository)];
    other.save(1, alice);
    session.load(1);
    await settle();
    expect(repository.listeners.size).toBe(1);
    await repository.allowAll();
    expect(session.facts).toEqual([{ type: 'user.found', attempt: 1, user: alice }]);
  });

  it.each<[string, (session: Harness, repository: GatedRepository) => unknown]>([
    ['has ended', (_, repository) => repository.allowAll()],
    ['has failed', (_, repository) => repository.refuse()],
    ['is abandoned', (session) => session.abandon()],
    ['is superseded by a login', (session) => session.save(2, bob)],
    ['is superseded by the end of the session', (session) => session.send({ type: 'user.unwatch' })],
    ['has lost its actor', (session) => session.stop()],
  ])('law 2: are not watched any more once the load %s', async (_, end) => {
    const repository = gatedAndWatched(alice);
    const session = new Harness(repository);
    session.load(1);
    await settle();
    expect(repository.listeners.size).toBe(1);
    await end(session, repository);
    expect(repository.listeners.size).toBe(0);
  });
});

it('law 11: a session that cannot read who is stored when it begins goes on without', async () => {
  const repository = gatedAndWatched();
  const session = new Harness(repository);
  session.send({ type: 'user.watch' });
  await repository.refuse();
  repository.change(bob);
  await settle();
  expect(changesOf(session)).toEqual(['bob']);
  expect(session.reports).toEqual([]);
});

describe('law 7: a change made elsewhere while something is written here', () => {
  /** A session that begins without a load reads who is stored. */
  async function sessionOf(repository: GatedRepository) {
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    await repository.allowAll();
    return session;
  }

  it('counts only if it came last: of two users who log in at once, the later one stays', async () => {
    const repository = gatedAndWatched();
    const session = await sessionOf(repository);
    session.save(1, bob);
    await settle();
    repository.change(alice);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set bob', 'get']);
    expect(changesOf(session)).toEqual(['bob']);
  });

  it('counts only if it came last, also while that write waits for a read', async () => {
    const repository = gatedAndWatched();
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    session.save(1, bob);
    await settle();
    expect(repository.calls).toEqual(['get']);
    repository.change(alice);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set bob', 'get']);
    expect(changesOf(session)).toEqual(['bob']);
  });

  it('is not what counts once a later one was reported while storage was read', async () => {
    const repository = gatedAndWatched();
    const session = await sessionOf(repository);
    session.save(1, bob);
    await settle();
    repository.change(alice);
    await repository.allow();
    repository.change(null);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set bob', 'get']);
    expect(changesOf(session)).toEqual([null]);
  });

  it('is read once, however many changes there were', async () => {
    const repository = gatedAndWatched();
    const session = await sessionOf(repository);
    session.save(1, bob);
    await settle();
    for (const user of [alice, null, alice]) repository.change(user);
    await repository.allow();
    repository.stored = alice;
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set bob', 'get']);
    expect(changesOf(session)).toEqual(['alice']);
  });

  it('counts as it was reported where storage cannot be read', async () => {
    const repository = gatedAndWatched();
    const session = await sessionOf(repository);
    session.save(1, bob);
    await settle();
    repository.change(null);
    await repository.allow();
    await repository.refuse();
    expect(changesOf(session)).toEqual([null]);
  });

  it('does not wait for a write that hangs', async () => {
    const repository = gatedAndWatched();
    const session = await sessionOf(repository);
    session.save(1, bob);
    await settle();
    await session.clock.advance(DEFAULT_TIMING.storageWriteTimeoutMs);
    repository.change(null);
    await settle();
    expect(changesOf(session)).toEqual([null]);
  });
});

describe('laws 8 and 11: a repository that reports a change whenever it is read', () => {
  const times: Readonly<Record<string, (notify: () => void) => void | Promise<void>>> = {
    'inside of the read': (notify) => notify(),
    'during the read': (notify) => Promise.resolve().then(notify),
  };

  /** A repository that reports what it holds at every read, like a store that writes back what it has normalised. */
  function talkative(notifyAt: (notify: () => void) => void | Promise<void>) {
    const watchable = new Watchable();
    const change = (user: User | null) => watchable.change(user);
    const repository = {
      reads: 0,
      stored: alice as User | null,
      subscribe: watchable.subscribe,
      change,
      async getCurrentUser() {
        repository.reads += 1;
        if (repository.reads > 1_000) throw new Error('Read for ever.');
        await notifyAt(() => change(repository.stored));
        return repository.stored;
      },
      setCurrentUser: async (user: User) => {
        repository.stored = user;
      },
      clearCurrentUser: async () => {
        repository.stored = null;
      },
    };
    return repository;
  }

  it.each(Object.entries(times))('%s: a load ends', async (_, notifyAt) => {
    const repository = talkative(notifyAt);
    const session = new Harness(repository);
    session.load(1);
    await settle();
    expect(session.facts).toEqual([{ type: 'user.found', attempt: 1, user: alice }]);
    expect(repository.reads).toBeLessThan(10);
  });

  it.each(Object.entries(times))('%s: a look after a write ends, also with two clients', async (_, notifyAt) => {
    const repository = talkative(notifyAt);
    const [session, other] = [new Harness(repository), new Harness(repository)];
    for (const each of [session, other]) each.send({ type: 'user.watch' });
    session.save(1, bob);
    repository.change(alice);
    other.save(1, bob);
    await settle();
    expect(changesOf(session).at(-1)).toBe('bob');
    expect(changesOf(other).at(-1)).toBe('bob');
    expect(repository.reads).toBeLessThan(20);
  });
});

describe('two clients over one repository', () => {
  const running = (repository: UserRepository) => {
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    return session;
  };

  it('see each other’s logins and logouts, and not their own', async () => {
    const repository = memoryRepository();
    const [one, other] = [running(repository), running(repository)];
    one.save(1, alice);
    await settle();
    one.clear(2);
    await settle();
    expect(changesOf(one)).toEqual([]);
    expect(changesOf(other)).toEqual(['alice', null]);
  });

  it.each<[string, (session: Harness) => void]>([
    ['removal', (session) => session.clear(1)],
    ['login', (session) => session.save(1, bob)],
  ])('law 8: see no %s of their own in a later run of the actor', async (_, write) => {
    const repository = new GatedRepository();
    const [one, other] = [running(repository), running(repository)];
    await repository.allowAll();
    write(one);
    await settle();
    one.abandon();
    one.restart();
    one.send({ type: 'user.watch' });
    await repository.allowAll();
    expect(changesOf(one)).toEqual([]);
    expect(changesOf(other)).toHaveLength(1);
  });

  it('law 7: are not both replaced when they log in at once', async () => {
    const repository = memoryRepository();
    const [one, other] = [running(repository), running(repository)];
    one.save(1, alice);
    other.save(1, bob);
    await settle();
    expect(changesOf(one)).toEqual(['bob']);
    expect(changesOf(other)).not.toContain('alice');
    expect(repository.getCurrentUser()).toEqual(bob);
  });

  it('law 2: are notified only while they watch', async () => {
    const repository = memoryRepository();
    const [one, other] = [running(repository), running(repository)];
    other.send({ type: 'user.unwatch' });
    one.save(1, alice);
    await settle();
    expect(changesOf(other)).toEqual([]);
  });
});

describe('law 6: a new profile brings back no user who logged out elsewhere', () => {
  const newAlice = { ...alice, name: 'New' };
  const update = (session: Harness) =>
    session.send({ type: 'user.save', attempt: 1, user: newAlice, onlyIfStored: true });

  it.each([
    [alice, newAlice],
    [null, null],
    [bob, bob],
  ])('stored is %j: afterwards it is %j', async (before, after) => {
    const repository = memoryRepository();
    if (before !== null) repository.setCurrentUser(before);
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    update(session);
    await settle();
    expect(repository.getCurrentUser()).toEqual(after);
    const fact =
      before === alice
        ? { type: 'user.saved', attempt: 1 }
        : { type: 'user.changedElsewhere', userId: before?.id ?? null };
    expect(session.facts).toEqual([fact]);
    expect(session.clock.running).toBe(0);
  });

  it('who logs out between the look at storage and the write, where the repository sees to it', async () => {
    const repository = memoryRepository();
    repository.setCurrentUser(alice);
    const { setCurrentUser } = repository;
    repository.setCurrentUser = (user, options) => {
      repository.clearCurrentUser();
      return options?.onlyIfStored === true ? false : setCurrentUser(user);
    };
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    update(session);
    await settle();
    expect(repository.getCurrentUser()).toBeNull();
    expect(changesOf(session)).toEqual([null]);
  });

  it('storage that cannot be read writes nothing, and says so', async () => {
    const repository = memoryRepository();
    repository.getCurrentUser = fail(new Error('blocked'));
    const session = new Harness(repository);
    session.send({ type: 'user.watch' });
    update(session);
    await settle();
    expect(session.facts).toMatchObject([{ type: 'user.notSaved', attempt: 1 }]);
  });
});
