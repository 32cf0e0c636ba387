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
