import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../../src/repository/memory.ts';
import type { UserRepository } from '../../../src/repository/repository.ts';
import { DEFAULT_TIMING } from '../../../src/timing.ts';
import type { User } from '../../../src/user.ts';
import { alice, GatedRepository, Harness, settle } from './harness.ts';

const fail = (cause: unknown) => () => {
  throw cause;
};

describe('the persistence actor reports', () => {
  it('which user is stored', async () => {
    const repository = memoryRepository();
    const session = new Harness(repository);
    session.load(1);
    await settle();
    await repository.setCurrentUser(alice);
    session.load(2);
    await settle();
    expect(session.facts).toEqual([
      { type: 'user.missing', attempt: 1 },
      { type: 'user.found', attempt: 2, user: alice },
    ]);
  });

  it('that the user is stored, and that the user is removed', async () => {
    const repository = memoryRepository();
    const session = new Harness(repository);
    session.save(1, alice);
    await settle();
    expect(repository.getCurrentUser()).toEqual(alice);
    session.clear(2);
    await settle();
    expect(repository.getCurrentUser()).toBeNull();
    expect(session.facts).toEqual([
      { type: 'user.saved', attempt: 1 },
      { type: 'user.cleared', attempt: 2 },
    ]);
    expect(session.reports).toEqual([]);
  });

  it('law 4: nothing while it handles a command, even where storage is synchronous', async () => {
    const session = new Harness(memoryRepository());
    session.save(1, alice);
    expect(session.facts).toEqual([]);
    await settle();
    expect(session.facts).toHaveLength(1);
  });

  it('law 6: nothing yet, but a synchronous storage has removed the user when the command returns', () => {
    const repository = memoryRepository();
    void repository.setCurrentUser(alice);
    new Harness(repository).clear(1);
    expect(repository.getCurrentUser()).toBeNull();
  });

  it('law 2: and leaves no timer running', async () => {
    const session = new Harness(memoryRepository());
    session.save(1, alice);
    expect(session.clock.running).toBe(1);
    await settle();
    expect(session.clock.running).toBe(0);
  });

  it('law 11: a user that the repository cannot change afterwards', async () => {
    const given: { id: string; name: string } = { id: 'alice', name: 'Alice' };
    let held: { name: string } | null = null;
    const session = new Harness({
      getCurrentUser: () => given,
      setCurrentUser: (user) => {
        held = user as unknown as { name: string };
        held.name = 'Mallory';
      },
      clearCurrentUser: () => {},
    });
    const user = { id: 'bob', name: 'Bob' };
    session.save(1, user);
    await settle();
    expect(user.name).toBe('Bob');
    session.load(2);
    await settle();
    given.name = 'Mallory';
    expect(session.facts.at(-1)).toEqual({ type: 'user.found', attempt: 2, user: { id: 'alice', name: 'Alice' } });
  });
});

describe('law 11: a repository that', () => {
  const spoiled = (spoil: Partial<UserRepository>): Harness => new Harness({ ...memoryRepository(), ...spoil });

  it.each<[string, unknown]>([
    ['a string', 'alice'],
    ['a number', 7],
    ['true', true],
    ['a list', []],
    ['an object without an id', { name: 'Alice' }],
    ['an empty id', { id: '' }],
    ['an id that is not a string', { id: 7 }],
    ['a function', () => alice],
    ['something that throws when it is read', Object.defineProperty({}, 'id', { get: fail('boo'), enumerable: true })],
    ['a cycle', (() => Object.assign(Object.create(null), { id: 'a' }, { self: globalThis }))()],
  ])('returns %s: no user, and it is reported', async (_, returned) => {
    const session = spoiled({ getCurrentUser: () => Promise.resolve().then(() => returned as User) });
    session.load(1);
    await settle();
    expect(session.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
    expect(session.codes).toEqual(['repository: storageFailed']);
    expect(session.reports[0]?.failure.message).toContain('something that is not a user');
  });

  it('returns undefined: no user, and nothing is reported', async () => {
    const session = spoiled({ getCurrentUser: () => undefined as unknown as null });
    session.load(1);
    await settle();
    expect(session.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
    expect(session.reports).toEqual([]);
  });

  it('E2: finds a corrupt record: no user, and its problem is reported', async () => {
    const session = spoiled({
      getCurrentUser: (report) => {
        report?.({ message: 'The record is torn.', cause: new Error('unexpected end') });
        return null;
      },
    });
    session.load(1);
    await settle();
    expect(session.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
    expect(session.reports).toEqual([
      {
        source: 'repository',
        failure: { code: 'storageFailed', message: 'The record is torn.' },
        cause: new Error('unexpected end'),
      },
    ]);
  });

  const boom = new Error('the disk is full');
  it.each([
    ['throws', fail(boom)],
    ['rejects', () => Promise.reject(boom)],
  ])('%s: each command gets its failure, and it is reported once', async (_, misbehave) => {
    const session = spoiled({ getCurrentUser: misbehave, setCurrentUser: misbehave, clearCurrentUser: misbehave });
    session.load(1);
    await settle();
    session.save(2, alice);
    await settle();
    session.clear(3);
    await settle();
    expect(session.facts).toEqual([
      {
        type: 'user.unreadable',
        attempt: 1,
        failure: { code: 'storageFailed', message: 'The stored user could not be read: the disk is full' },
      },
      {
        type: 'user.notSaved',
        attempt: 2,
        failure: { code: 'storageFailed', message: 'The user could not be stored: the disk is full' },
      },
      {
        type: 'user.notCleared',
        attempt: 3,
        failure: { code: 'userNotForgotten', message: 'The stored user could not be removed: the disk is full' },
      },
    ]);
    expect(session.reports).toEqual(
      session.facts.map((fact) => ({ source: 'repository', failure: 'failure' in fact && fact.failure, cause: boom })),
    );
    for (const fact of session.facts) expect('failure' in fact && session.causes.get(fact.failure)).toEqual(boom);
  });

  it.each([
    ['nothing', undefined],
    ['an object without a prototype', Object.create(null)],
    ['something that throws when it is read', new Proxy({}, { get: fail('boo') })],
  ])('throws %s: still a fact and a report', async (_, thrown) => {
    const session = spoiled({ clearCurrentUser: fail(thrown) });
    session.clear(1);
    await settle();
    expect(session.facts).toMatchObject([{ type: 'user.notCleared', attempt: 1 }]);
    expect(session.codes).toEqual(['repository: userNotForgotten']);
  });

  it('law 9: throws a token: it is in no fact, report or cause', async () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiYWxpY2UifQ.c2lnbmF0dXJl';
    const session = spoiled({ setCurrentUser: fail(new Error(`refused ${token}`)) });
    session.save(1, alice);
    await settle();
    expect(session.facts).toMatchObject([{ failure: { message: 'The user could not be stored: refused [token]' } }]);
    const [report] = session.reports;
    expect(`${JSON.stringify(session.facts)}${report?.failure.message}${String(report?.cause)}`).not.toContain('eyJ');
  });

  it('hangs while it stores: reported when its bound has passed, and corrected by a late success', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.save(1, alice);
    await settle();
    await session.clock.advance(DEFAULT_TIMING.storageWriteTimeoutMs - 1);
    expect(session.facts).toEqual([]);
    await session.clock.advance(1);
    const failure = { code: 'storageTimedOut', message: 'The user could not be stored in time.' };
    expect(session.facts).toEqual([{ type: 'user.notSaved', attempt: 1, failure }]);
    expect(session.reports).toEqual([{ source: 'repository', failure }]);
    await repository.allow();
    expect(session.facts.at(-1)).toEqual({ type: 'user.saved', attempt: 1 });
    expect(session.clock.running).toBe(0);
  });

  it.each([
    ['reads', 'storageTimedOut', (session: Harness) => session.load(1), 'user.found'],
    ['removes', 'userNotForgotten', (session: Harness) => session.clear(1), 'user.cleared'],
  ])(
    'hangs while it %s: reported when the chart stops waiting, and its late result is still a fact',
    async (_, code, command, fact) => {
      const repository = new GatedRepository(alice);
      const session = new Harness(repository);
      command(session);
      await settle();
      session.abandon();
      await settle();
      expect(session.codes).toEqual([`repository: ${code}`]);
      expect(session.facts).toEqual([]);
      await repository.allow();
      expect(session.facts).toMatchObject([{ type: fact, attempt: 1 }]);
    },
  );
});
