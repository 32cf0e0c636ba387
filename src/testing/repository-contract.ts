import { knownMembers } from '../input.ts';
import type { UserRepository } from '../repository/repository.ts';
import { toSortedJson, type User } from '../user.ts';

/** What is used of a test framework: `describe` and `test` of vitest, jest, `node:test`, bun, … */
export interface TestFramework {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
}

/** A repository to be tested, with what the test can do about its surroundings. Each test asks for a new one. */
export interface RepositoryUnderTest {
  readonly repository: UserRepository;
  /** Another repository over the same place, as the app creates it when it starts again. Left out: nothing outlives it. */
  readonly reopen?: (() => UserRepository | Promise<UserRepository>) | undefined;
  /**
   * Changes the stored user the way another tab does, and resolves when the repository must have noticed. For
   * repositories with `subscribe`.
   */
  readonly changeElsewhere?: ((user: User | null) => void | Promise<void>) | undefined;
  /** Called when the test is over. */
  readonly close?: (() => void | Promise<void>) | undefined;
}

/**
 * Tests any repository for what a session relies on:
 * `userRepositoryContract(() => ({ repository: myRepository() }), { describe, test })`.
 */
export function userRepositoryContract(
  create: () => RepositoryUnderTest | Promise<RepositoryUnderTest>,
  { describe, test }: TestFramework,
  name = 'user repository',
): void {
  const check = (promise: string, body: (subject: RepositoryUnderTest) => Promise<void>) =>
    test(promise, async () => {
      const subject = await create();
      // A misspelt member would leave out what the contract tests with it.
      knownMembers(subject, ['repository', 'reopen', 'changeElsewhere', 'close']);
      try {
        await body(subject);
      } finally {
        await subject.close?.();
      }
    });

  describe(name, () => {
    check('stores no user at first', async ({ repository }) => {
      await expectStored(repository, null);
    });

    check('stores a user with every field', async ({ repository }) => {
      for (const user of USERS) {
        await repository.setCurrentUser(user);
        await expectStored(repository, user);
      }
    });

    check('E11: stores a user without a display name', async ({ repository }) => {
      await repository.setCurrentUser({ id: 'nameless' });
      await expectStored(repository, { id: 'nameless' });
    });

    check('replaces the whole user by the next one', async ({ repository }) => {
      await repository.setCurrentUser(ALICE);
      await repository.setCurrentUser({ id: 'bob' });
      await expectStored(repository, { id: 'bob' });
    });

    check('law 6: stores no user after a clear', async ({ repository }) => {
      await repository.setCurrentUser(ALICE);
      await repository.clearCurrentUser();
      await expectStored(repository, null);
    });

    check('clears without an error where no user is stored, also twice', async ({ repository }) => {
      await repository.clearCurrentUser();
      await repository.clearCurrentUser();
      await expectStored(repository, null);
    });

    check('stores a user again after a clear', async ({ repository }) => {
      await repository.setCurrentUser(ALICE);
      await repository.clearCurrentUser();
      await repository.setCurrentUser(ALICE);
      await expectStored(repository, ALICE);
    });

    check('keeps a copy that its caller cannot change', async ({ repository }) => {
      const given = { id: 'alice', name: 'Alice' };
      await repository.setCurrentUser(given);
      given.name = 'Mallory';
      const read = (await repository.getCurrentUser()) as { name?: string } | null;
      if (read !== null) read.name = 'Mallory';
      await expectStored(repository, { id: 'alice', name: 'Alice' });
    });

    check('survives many changes, and holds the last one', async ({ repository }) => {
      for (let round = 0; round < 20; round += 1) {
        await repository.setCurrentUser({ id: `user-${round}`, round });
        if (round % 3 === 0) await repository.clearCurrentUser();
      }
      await expectStored(repository, { id: 'user-19', round: 19 });
    });

    check('law 7: another one over the same place finds the user', async ({ repository, reopen }) => {
      if (reopen === undefined) return;
      await repository.setCurrentUser(ALICE);
      await expectStored(await reopen(), ALICE);
    });

    check('law 6: another one over the same place finds no user after a clear', async ({ repository, reopen }) => {
      if (reopen === undefined) return;
      await repository.setCurrentUser(ALICE);
      await repository.clearCurrentUser();
      await expectStored(await reopen(), null);
    });

    check('reports changes made elsewhere, never its own, and none after it was stopped', async (subject) => {
      const { repository, changeElsewhere } = subject;
      if (repository.subscribe === undefined) return;
      const reported: (string | null)[] = [];
      const stop = repository.subscribe((user) => reported.push(user?.id ?? null));
      try {
        await repository.setCurrentUser(ALICE);
        await repository.clearCurrentUser();
        expectEqual(reported, [], 'what it reported of its own changes');
        if (changeElsewhere === undefined) return;
        await changeElsewhere({ id: 'bob' });
        await changeElsewhere(null);
        expectEqual(reported, ['bob', null], 'what it reported of changes made elsewhere');
      } finally {
        stop();
      }
      await changeElsewhere({ id: 'carol' });
      expectEqual(reported, ['bob', null], 'what it reported after it was stopped');
    });
  });
}

const ALICE: User = { id: 'alice', name: 'Alice', image: 'https://example.org/alice.png' };

const USERS: readonly User[] = [
  ALICE,
  { id: 'a/b?c=d&e#f "quoted" \\ back', name: '' },
  {
    id: '名前-😀-\u0000\u2028',
    name: 'Zoë 👩‍🚀',
    teams: ['red', 'blue'],
    address: { city: null, floors: [1, 2.5, -3] },
  },
  { id: 'large', biography: 'x'.repeat(100_000), isAdmin: false, version: 7, apiKey: 'not the record’s', user: null },
];

async function expectStored(repository: UserRepository, expected: User | null): Promise<void> {
  expectEqual(await repository.getCurrentUser(), expected, 'the stored user');
}

function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [is = 'undefined', shouldBe = 'undefined'] = [toSortedJson(actual), toSortedJson(expected)];
  if (is !== shouldBe) throw new Error(`Expected ${what} to be ${shorten(shouldBe)}, but it is ${shorten(is)}.`);
}

const LONGEST_IN_MESSAGE = 200;
const shorten = (text: string) => (text.length > LONGEST_IN_MESSAGE ? `${text.slice(0, LONGEST_IN_MESSAGE)}…` : text);
