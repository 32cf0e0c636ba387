import { describe, expectTypeOf, it } from 'vitest';
import {
  browserRepository,
  memoryRepository,
  storageRepository,
  type User,
  type UserRepository,
} from '../../../src/index.ts';
import { fileRepository } from '../../../src/node.ts';

/** An app's own user: an interface has no index signature. */
interface Account {
  readonly id: string;
  readonly name?: string;
  readonly plan: 'free' | 'paid';
}

describe('repositories', () => {
  it("of this package store a user of an app's own interface", () => {
    const account: Account = { id: 'alice', plan: 'paid' };
    const options = { apiKey: 'key' };
    memoryRepository().setCurrentUser(account);
    browserRepository(options).setCurrentUser(account);
    storageRepository(() => localStorage, options).setCurrentUser(account);
    fileRepository('user.json', options).setCurrentUser(account);
    // @ts-expect-error a user has an id
    memoryRepository().setCurrentUser({ plan: 'free' });
  });

  it('of an app keep what they are given', () => {
    let stored: User | null = null;
    const own: UserRepository = {
      getCurrentUser: () => stored,
      setCurrentUser: (user) => {
        stored = user;
      },
      clearCurrentUser: () => {
        stored = null;
      },
    };
    expectTypeOf(own.setCurrentUser).parameter(0).toEqualTypeOf<User>();
  });
});
