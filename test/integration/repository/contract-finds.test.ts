import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../../src/repository/memory.ts';
import type { UserRepository } from '../../../src/repository/repository.ts';
import { type RepositoryUnderTest, userRepositoryContract } from '../../../src/testing/repository-contract.ts';
import type { User } from '../../../src/user.ts';

/** The names of the tests that a repository fails. */
async function failuresOf(create: () => RepositoryUnderTest): Promise<readonly string[]> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  userRepositoryContract(create, {
    describe: (_, body) => body(),
    test: (name, body) => tests.push({ name, body }),
  });
  const failed: string[] = [];
  for (const { name, body } of tests) await body().catch(() => failed.push(name));
  return failed;
}

const spoiled = (change: (memory: UserRepository) => Partial<UserRepository>) => () => {
  const memory = memoryRepository();
  return { repository: { ...memory, ...change(memory) } };
};

const onReopen = (reopen: (memory: UserRepository) => UserRepository) => () => {
  const repository = memoryRepository();
  return { repository, reopen: () => reopen(repository) };
};

const REPORTS = 'reports changes made elsewhere, never its own, and none after it was stopped';

/** What each test of the contract is there for: a repository that does all but one thing as it should. */
const BREACHES: readonly (readonly [promise: string, breach: string, create: () => RepositoryUnderTest])[] = [
  [
    'stores no user at first',
    'has one',
    spoiled((memory) => ({ getCurrentUser: () => memory.getCurrentUser() ?? { id: 'bob' } })),
  ],
  [
    'stores a user with every field',
    'drops lists',
    spoiled((memory) => ({ setCurrentUser: ({ teams: _, ...user }) => memory.setCurrentUser(user) })),
  ],
  [
    'replaces the whole user by the next one',
    'merges them',
    spoiled((memory) => ({
      setCurrentUser: (user) => memory.setCurrentUser({ ...(memory.getCurrentUser() as User | null), ...user }),
    })),
  ],
  [
    'clears without an error where no user is stored, also twice',
    'throws',
    spoiled((memory) => ({
      clearCurrentUser: () => {
        if (memory.getCurrentUser() === null) throw new Error('There is no user.');
        return memory.clearCurrentUser();
      },
    })),
  ],
  [
    'stores a user again after a clear',
    'stores none then',
    spoiled((memory) => {
      let isCleared = false;
      return {
        setCurrentUser: (user) => (isCleared ? undefined : memory.setCurrentUser(user)),
        clearCurrentUser: () => {
          isCleared = true;
          return memory.clearCurrentUser();
        },
      };
    }),
  ],
  [
    'survives many changes, and holds the last one',
    'stores ten users',
    spoiled((memory) => {
      let changes = 0;
      return { setCurrentUser: (user) => (++changes > 10 ? undefined : memory.setCurrentUser(user)) };
    }),
  ],
  ['law 7: another one over the same place finds the user', 'forgets', onReopen(() => memoryRepository())],
  [
    'law 6: another one over the same place finds no user after a clear',
    'remembers',
    onReopen(() => ({ ...memoryRepository(), getCurrentUser: () => ({ id: 'alice' }) })),
  ],
  [
    REPORTS,
    'reports none',
    () => ({ repository: { ...memoryRepository(), subscribe: () => () => {} }, changeElsewhere: () => {} }),
  ],
  [
    REPORTS,
    'goes on after it was stopped',
    () => {
      const listeners: ((user: User | null) => void)[] = [];
      const subscribe: UserRepository['subscribe'] = (listener) => {
        listeners.push(listener);
        return () => {};
      };
      const changeElsewhere = (user: User | null) => {
        for (const listener of listeners) listener(user);
      };
      return { repository: { ...memoryRepository(), subscribe }, changeElsewhere };
    },
  ],
];

describe('the contract for repositories', () => {
  it('has nothing against a good one', async () => {
    expect(await failuresOf(spoiled(() => ({})))).toEqual([]);
  });

  it('finds one that does not remove', async () => {
    expect(await failuresOf(spoiled(() => ({ clearCurrentUser: () => {} })))).toContain(
      'law 6: stores no user after a clear',
    );
  });

  it('finds one that stores only known fields', async () => {
    const create = spoiled((memory) => ({
      setCurrentUser: ({ id, name }) => memory.setCurrentUser({ id, name: name ?? '' }),
    }));
    expect(await failuresOf(create)).toContain('E11: stores a user without a display name');
  });

  it('finds one that hands out what it holds', async () => {
    let held: User | null = null;
    const create = () => ({
      repository: {
        getCurrentUser: () => held,
        setCurrentUser: (user: User) => {
          held = user;
        },
        clearCurrentUser: () => {
          held = null;
        },
      },
    });
    expect(await failuresOf(create)).toContain('keeps a copy that its caller cannot change');
  });

  it('finds one that reports its own changes', async () => {
    const create = spoiled((memory) => {
      const listeners = new Set<(user: User | null) => void>();
      return {
        setCurrentUser: (user) => {
          for (const listener of listeners) listener(user);
          return memory.setCurrentUser(user);
        },
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      };
    });
    expect(await failuresOf(create)).toEqual([
      'reports changes made elsewhere, never its own, and none after it was stopped',
    ]);
  });

  it.each(BREACHES)('finds, by %j, one that %s', async (promise, _, create) => {
    expect(await failuresOf(create)).toContain(promise);
  });

  it('closes what it was given, also when a test fails', async () => {
    let open = 0;
    await failuresOf(() => {
      open += 1;
      const repository = { ...memoryRepository(), clearCurrentUser: () => Promise.reject(new Error('read-only')) };
      return {
        repository,
        close: () => {
          open -= 1;
        },
      };
    });
    expect(open).toBe(0);
  });
});
