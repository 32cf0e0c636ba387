import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../../src/repository/memory.ts';
import type { UserRepository } from '../../../src/repository/repository.ts';
import { DEFAULT_TIMING } from '../../../src/timing.ts';
import type { User } from '../../../src/user.ts';
import { alice, Bench, bob, GatedRepository, settle } from './bench.ts';

const fail = (cause: unknown) => () => {
  throw cause;
};

describe('the persistence actor answers', () => {
  it('who is stored', async () => {
    const repository = memoryRepository();
    const bench = new Bench(repository);
    bench.load(1);
    await settle();
    await repository.setCurrentUser(alice);
    bench.load(2);
    await settle();
    expect(bench.facts).toEqual([
      { type: 'user.missing', attempt: 1 },
      { type: 'user.found', attempt: 2, user: alice },
    ]);
  });

  it('that the user is stored, and removed', async () => {
    const repository = memoryRepository();
    const bench = new Bench(repository);
    bench.save(1, alice);
    await settle();
    expect(repository.getCurrentUser()).toEqual(alice);
    bench.clear(2);
    await settle();
    expect(repository.getCurrentUser()).toBeNull();
    expect(bench.facts).toEqual([
      { type: 'user.saved', attempt: 1 },
      { type: 'user.cleared', attempt: 2 },
    ]);
    expect(bench.reports).toEqual([]);
  });

  it('law 4: never while it handles the command, also where storage is synchronous', async () => {
    const bench = new Bench(memoryRepository());
    bench.save(1, alice);
    expect(bench.facts).toEqual([]);
    await settle();
    expect(bench.facts).toHaveLength(1);
  });

  it('law 6: but what a synchronous storage removes is gone when the command returns', () => {
    const repository = memoryRepository();
    void repository.setCurrentUser(alice);
    new Bench(repository).clear(1);
    expect(repository.getCurrentUser()).toBeNull();
  });

  it('law 2: and leaves no timer behind', async () => {
    const bench = new Bench(memoryRepository());
    bench.load(1);
    expect(bench.clock.running).toBe(1);
    await settle();
    expect(bench.clock.running).toBe(0);
  });

  it('law 11: with a user that the repository cannot change afterwards', async () => {
    const given: { id: string; name: string } = { id: 'alice', name: 'Alice' };
    let held: { name: string } | null = null;
    const bench = new Bench({
      getCurrentUser: () => given,
      setCurrentUser: (user) => {
        held = user as unknown as { name: string };
        held.name = 'Mallory';
      },
      clearCurrentUser: () => {},
    });
    const user = { id: 'bob', name: 'Bob' };
    bench.save(1, user);
    await settle();
    expect(user.name).toBe('Bob');
    bench.load(2);
    await settle();
    given.name = 'Mallory';
    expect(bench.facts.at(-1)).toEqual({ type: 'user.found', attempt: 2, user: { id: 'alice', name: 'Alice' } });
  });
});

describe('law 11: a repository that', () => {
  const spoiled = (spoil: Partial<UserRepository>): Bench => new Bench({ ...memoryRepository(), ...spoil });

  it.each<[string, unknown]>([
    ['a text', 'alice'],
    ['a number', 7],
    ['true', true],
    ['a list', []],
    ['an object without an id', { name: 'Alice' }],
    ['an empty id', { id: '' }],
    ['an id that is no text', { id: 7 }],
    ['a function', () => alice],
    ['something that throws when it is read', Object.defineProperty({}, 'id', { get: fail('boo'), enumerable: true })],
    ['a cycle', (() => Object.assign(Object.create(null), { id: 'a' }, { self: globalThis }))()],
  ])('answers %s: nobody, and it is reported', async (_, answer) => {
    const bench = spoiled({ getCurrentUser: () => Promise.resolve().then(() => answer as User) });
    bench.load(1);
    await settle();
    expect(bench.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
    expect(bench.codes).toEqual(['repository: storageFailed']);
  });

  it('answers undefined: nobody, and that is nothing to report', async () => {
    const bench = spoiled({ getCurrentUser: () => undefined as unknown as null });
    bench.load(1);
    await settle();
    expect(bench.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
    expect(bench.reports).toEqual([]);
  });

  it('E2: finds a corrupt record: nobody, and what it says of it is reported', async () => {
    const bench = spoiled({
      getCurrentUser: (report) => {
        report?.({ message: 'The record is torn.', cause: new Error('at byte 7') });
        return null;
      },
    });
    bench.load(1);
    await settle();
    expect(bench.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
    expect(bench.reports).toEqual([
      {
        source: 'repository',
        failure: { code: 'storageFailed', message: 'The record is torn.' },
        cause: new Error('at byte 7'),
      },
    ]);
  });

  const boom = new Error('the disk is on fire');
  it.each([
    ['throws', fail(boom)],
    ['rejects', () => Promise.reject(boom)],
  ])('%s: each command is answered by its failure, and it is reported once', async (_, misbehave) => {
    const bench = spoiled({ getCurrentUser: misbehave, setCurrentUser: misbehave, clearCurrentUser: misbehave });
    bench.load(1);
    await settle();
    bench.save(2, alice);
    await settle();
    bench.clear(3);
    await settle();
    expect(bench.facts).toEqual([
      {
        type: 'user.unreadable',
        attempt: 1,
        failure: { code: 'storageFailed', message: 'The stored user could not be read: the disk is on fire' },
      },
      {
        type: 'user.notSaved',
        attempt: 2,
        failure: { code: 'storageFailed', message: 'The user could not be stored: the disk is on fire' },
      },
      {
        type: 'user.notCleared',
        attempt: 3,
        failure: { code: 'userNotForgotten', message: 'The stored user could not be removed: the disk is on fire' },
      },
    ]);
    expect(bench.reports).toEqual(
      bench.facts.map((fact) => ({ source: 'repository', failure: 'failure' in fact && fact.failure, cause: boom })),
    );
    for (const fact of bench.facts) expect('failure' in fact && bench.causes.get(fact.failure)).toEqual(boom);
  });

  it.each([
    ['nothing', undefined],
    ['an object without a prototype', Object.create(null)],
    ['something that throws when it is read', new Proxy({}, { get: fail('boo') })],
  ])('throws %s: answered and reported all the same', async (_, thrown) => {
    const bench = spoiled({ clearCurrentUser: fail(thrown) });
    bench.clear(1);
    await settle();
    expect(bench.facts).toMatchObject([{ type: 'user.notCleared', attempt: 1 }]);
    expect(bench.codes).toEqual(['repository: userNotForgotten']);
  });

  it('law 9: throws a token: it is in no fact, report or cause', async () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiYWxpY2UifQ.c2lnbmF0dXJl';
    const bench = spoiled({ setCurrentUser: fail(new Error(`refused ${token}`)) });
    bench.save(1, alice);
    await settle();
    expect(bench.facts).toMatchObject([{ failure: { message: 'The user could not be stored: refused [token]' } }]);
    const [report] = bench.reports;
    expect(`${JSON.stringify(bench.facts)}${report?.failure.message}${String(report?.cause)}`).not.toContain('eyJ');
  });

  it('hangs while it stores: said when the time is over, and taken back when it was only late', async () => {
    const repository = new GatedRepository();
    const bench = new Bench(repository);
    bench.save(1, alice);
    await settle();
    bench.clock.increment(DEFAULT_TIMING.storageWriteTimeoutMs - 1);
    expect(bench.facts).toEqual([]);
    bench.clock.increment(1);
    const failure = { code: 'storageTimedOut', message: 'The user could not be stored in time.' };
    expect(bench.facts).toEqual([{ type: 'user.notSaved', attempt: 1, failure }]);
    expect(bench.reports).toEqual([{ source: 'repository', failure }]);
    await repository.allow();
    expect(bench.facts.at(-1)).toEqual({ type: 'user.saved', attempt: 1 });
    expect(bench.clock.running).toBe(0);
  });

  it.each([
    ['reads', 'storageTimedOut', DEFAULT_TIMING.restoreTimeoutMs, (bench: Bench) => bench.load(1)],
    ['removes', 'userNotForgotten', DEFAULT_TIMING.storageWriteTimeoutMs, (bench: Bench) => bench.clear(1)],
  ])(
    "hangs while it %s: reported; that the chart waits no longer is the chart's own business",
    async (_, code, ms, command) => {
      const bench = new Bench(new GatedRepository(alice));
      command(bench);
      await settle();
      bench.clock.increment(ms);
      await settle();
      expect(bench.codes).toEqual([`repository: ${code}`]);
      expect(bench.facts).toEqual([]);
    },
  );
});

describe('changes made elsewhere', () => {
  class Watched implements UserRepository {
    readonly listeners = new Set<(user: User | null) => void>();
    readonly #memory = memoryRepository();
    getCurrentUser = () => this.#memory.getCurrentUser();
    setCurrentUser = (user: User) => this.#memory.setCurrentUser(user);
    clearCurrentUser = () => this.#memory.clearCurrentUser();

    subscribe(listener: (user: User | null) => void): () => void {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    }

    change(user: unknown): void {
      for (const listener of [...this.listeners]) listener(user as User | null);
    }
  }

  const told = (bench: Bench) =>
    bench.facts.flatMap((fact) => (fact.type === 'user.changedElsewhere' ? [fact.userId] : []));

  it('E15: are told, in a later microtask, while a session runs', async () => {
    const repository = new Watched();
    const bench = new Bench(repository);
    bench.send({ type: 'user.watch' });
    repository.change(bob);
    repository.change(null);
    expect(bench.facts).toEqual([]);
    await settle();
    expect(told(bench)).toEqual(['bob', null]);
  });

  it('law 2: are listened to once, only from watch to unwatch', async () => {
    const repository = new Watched();
    const bench = new Bench(repository);
    bench.load(1);
    await settle();
    expect(repository.listeners.size).toBe(0);
    bench.send({ type: 'user.watch' });
    bench.send({ type: 'user.watch' });
    expect(repository.listeners.size).toBe(1);
    bench.send({ type: 'user.unwatch' });
    bench.send({ type: 'user.unwatch' });
    expect(repository.listeners.size).toBe(0);
    bench.send({ type: 'user.watch' });
    expect(repository.listeners.size).toBe(1);
    bench.stop();
    expect(repository.listeners.size).toBe(0);
  });

  it('law 4: are not told once nobody watches, also when they happened before', async () => {
    const repository = new Watched();
    const bench = new Bench(repository);
    bench.send({ type: 'user.watch' });
    const [late] = repository.listeners;
    repository.change(bob);
    bench.send({ type: 'user.unwatch' });
    bench.send({ type: 'user.watch' });
    late?.(bob);
    await settle();
    expect(told(bench)).toEqual([]);
  });

  it('law 4: a restarted actor does not hear what the earlier run listened to', async () => {
    const repository = new Watched();
    const bench = new Bench(repository);
    bench.send({ type: 'user.watch' });
    const [late] = repository.listeners;
    bench.restart();
    late?.(null);
    await settle();
    expect(told(bench)).toEqual([]);
    expect(repository.listeners.size).toBe(0);
  });

  it('law 11: to something that is no user are reported, and ignored', async () => {
    const repository = new Watched();
    const bench = new Bench(repository);
    bench.send({ type: 'user.watch' });
    for (const nonsense of [undefined, 'bob', {}, { id: 7 }]) repository.change(nonsense);
    await settle();
    expect(told(bench)).toEqual([]);
    expect(bench.codes).toEqual(Array(4).fill('repository: storageFailed'));
  });

  it('law 11: a repository that cannot be watched, or not be left alone, is reported', async () => {
    const bench = new Bench({ ...memoryRepository(), subscribe: fail(new Error('no')) });
    bench.send({ type: 'user.watch' });
    bench.send({ type: 'user.unwatch' });
    const other = new Bench({ ...memoryRepository(), subscribe: () => fail(new Error('never')) });
    other.send({ type: 'user.watch' });
    other.send({ type: 'user.unwatch' });
    const strange = new Bench({ ...memoryRepository(), subscribe: (() => 7) as never });
    strange.send({ type: 'user.watch' });
    strange.send({ type: 'user.unwatch' });
    await settle();
    expect(bench.reports.map(({ failure }) => failure.message)).toEqual([
      'The user repository could not be watched: no',
    ]);
    expect(other.reports.map(({ failure }) => failure.message)).toEqual([
      'The user repository could not be left alone: never',
    ]);
    expect(strange.reports).toEqual([]);
  });

  it('a repository that cannot tell of any is no problem', () => {
    const bench = new Bench(memoryRepository());
    bench.send({ type: 'user.watch' });
    bench.send({ type: 'user.unwatch' });
    expect(bench.reports).toEqual([]);
  });
});
