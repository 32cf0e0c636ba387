import { describe, expect, it } from 'vitest';
import type { User } from '../../../src/user.ts';
import { alice, Bench, bob, GatedRepository, settle } from './bench.ts';

/** A session in which alice was restored, logged out, and could not be removed. */
async function failedLogout(): Promise<{ readonly repository: GatedRepository; readonly bench: Bench }> {
  const repository = new GatedRepository(alice);
  const bench = new Bench(repository);
  bench.load(1);
  await repository.allow();
  bench.clear(2);
  await settle();
  await repository.refuse();
  expect(bench.facts.at(-1)).toMatchObject({ type: 'user.notCleared', failure: { code: 'userNotForgotten' } });
  bench.facts.length = 0;
  bench.reports.length = 0;
  repository.calls.length = 0;
  return { repository, bench };
}

describe('law 6: a removal that failed is owed', () => {
  it('and tried again before anybody is restored', async () => {
    const { repository, bench } = await failedLogout();
    bench.load(3);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'clear']);
    expect(bench.facts).toEqual([{ type: 'user.missing', attempt: 3 }]);
    expect(repository.stored).toBeNull();
  });

  it('nobody is restored when it fails again, and the failure says why', async () => {
    const { repository, bench } = await failedLogout();
    bench.load(3);
    await repository.allow();
    await repository.refuse(new Error('still on fire'));
    expect(bench.facts).toEqual([
      {
        type: 'user.unreadable',
        attempt: 3,
        failure: {
          code: 'userNotForgotten',
          message: 'Nobody is restored, since the stored user logged out but could still not be removed: still on fire',
        },
      },
    ]);
    expect(bench.codes).toEqual(['repository: userNotForgotten']);
    bench.load(4);
    await repository.allowAll();
    expect(bench.facts.at(-1)).toEqual({ type: 'user.missing', attempt: 4 });
  });

  it('and tried again by the next logout', async () => {
    const { repository, bench } = await failedLogout();
    bench.clear(3);
    await repository.allowAll();
    expect(bench.facts).toEqual([{ type: 'user.cleared', attempt: 3 }]);
    repository.stored = alice;
    bench.load(4);
    await repository.allowAll();
    expect(bench.facts.at(-1)).toMatchObject({ type: 'user.found' });
  });

  it("paid when the next user's record takes the place of the old one", async () => {
    const { repository, bench } = await failedLogout();
    bench.save(3, bob);
    await repository.allowAll();
    bench.load(4);
    await repository.allowAll();
    expect(repository.calls).toEqual(['set bob', 'get']);
    expect(bench.facts.at(-1)).toEqual({ type: 'user.found', attempt: 4, user: bob });
  });

  it('paid at once when the next user cannot be stored, or the first one would come back', async () => {
    const { repository, bench } = await failedLogout();
    bench.save(3, bob);
    await settle();
    await repository.refuse();
    expect(repository.calls).toEqual(['set bob', 'get']);
    await repository.allowAll();
    expect(repository.calls).toEqual(['set bob', 'get', 'clear']);
    expect(bench.facts).toMatchObject([{ type: 'user.notSaved', attempt: 3 }]);
    expect(repository.stored).toBeNull();
  });

  it('nothing is owed when somebody else removed the record meanwhile', async () => {
    const { repository, bench } = await failedLogout();
    repository.stored = null;
    bench.load(3);
    await repository.allowAll();
    repository.stored = alice;
    bench.load(4);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'get']);
    expect(bench.facts).toMatchObject([{ type: 'user.missing' }, { type: 'user.found' }]);
  });

  it('law 7: another user who was logged in elsewhere meanwhile is not the one to be removed', async () => {
    const { repository, bench } = await failedLogout();
    repository.stored = bob;
    bench.load(3);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get']);
    expect(bench.facts).toEqual([{ type: 'user.found', attempt: 3, user: bob }]);
  });

  it('law 6: of whoever is stored, where a login failed that was written perhaps', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.load(1);
    await repository.allow();
    bench.save(2, bob);
    await settle();
    repository.stored = bob;
    await repository.refuse();
    bench.clear(3);
    await settle();
    await repository.refuse();
    bench.load(4);
    await repository.allowAll();
    expect(bench.facts.at(-1)).toEqual({ type: 'user.missing', attempt: 4 });
  });

  it('law 6: of the user who was logged in elsewhere before the logout, where that is known', async () => {
    const repository = new GatedRepository(alice);
    const watched = Object.assign(repository, {
      subscribe: (listener: (user: User | null) => void) => {
        listener(bob);
        return () => {};
      },
    });
    const bench = new Bench(watched);
    bench.load(1);
    await repository.allow();
    repository.stored = bob;
    bench.send({ type: 'user.watch' });
    await settle();
    bench.clear(2);
    await settle();
    await repository.refuse();
    bench.load(3);
    await repository.allowAll();
    expect(bench.facts.at(-1)).toEqual({ type: 'user.missing', attempt: 3 });
  });

  it('by every client of this repository, the one who comes after a dispose included', async () => {
    const { repository, bench } = await failedLogout();
    bench.stop();
    const next = new Bench(repository);
    next.load(1);
    await repository.allowAll();
    expect(next.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
  });

  it('also when it never began, and the login after it could not be stored', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.load(1);
    await settle();
    bench.clear(2);
    bench.save(3, bob);
    await repository.allow();
    await repository.refuse();
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set bob', 'clear']);
    expect(repository.stored).toBeNull();
  });

  it('also when it is tried again after the restore was asked for', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.load(1);
    await settle();
    bench.clear(2);
    bench.load(3);
    await repository.allow();
    await repository.refuse();
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'clear', 'get', 'clear']);
    expect(bench.facts).toEqual([{ type: 'user.missing', attempt: 3 }]);
  });

  it('only a later login pays for it, not one that another client had ordered before', async () => {
    const repository = new GatedRepository(alice);
    const [one, other] = [new Bench(repository), new Bench(repository)];
    one.load(1);
    other.save(1, bob);
    one.clear(2);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set bob', 'clear']);
    expect(repository.stored).toBeNull();
  });
});

describe('law 7: a refused user is removed, and only that one', () => {
  it('when that user is stored', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.clear(1, 'alice');
    await repository.allowAll();
    expect(repository.stored).toBeNull();
    expect(bench.facts).toEqual([{ type: 'user.cleared', attempt: 1 }]);
  });

  it('not when another one is', async () => {
    const repository = new GatedRepository(bob);
    const bench = new Bench(repository);
    bench.clear(1, 'alice');
    await repository.allowAll();
    expect(repository.calls).toEqual(['get']);
    expect(repository.stored).toEqual(bob);
    expect(bench.facts).toEqual([{ type: 'user.cleared', attempt: 1 }]);
  });

  it('not when it cannot be told who is: that is a failure, and is owed', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.clear(1, 'alice');
    await settle();
    await repository.refuse();
    expect(repository.calls).toEqual(['get']);
    expect(bench.facts).toMatchObject([{ type: 'user.notCleared', failure: { code: 'userNotForgotten' } }]);
    bench.load(2);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'get', 'clear']);
    expect(bench.facts.at(-1)).toEqual({ type: 'user.missing', attempt: 2 });
  });

  it('but whoever is stored, where a logout is owed from before', async () => {
    const { repository, bench } = await failedLogout();
    bench.clear(3, 'bob');
    await repository.allowAll();
    expect(repository.stored).toBeNull();
    expect(bench.facts).toEqual([{ type: 'user.cleared', attempt: 3 }]);
  });

  it('and two who are owed do not hide each other', async () => {
    const { repository, bench } = await failedLogout();
    bench.clear(3, 'bob');
    await settle();
    await repository.refuse();
    for (const user of [alice, bob]) {
      repository.stored = user;
      const probe = new Bench(repository);
      probe.load(1);
      await repository.allow();
      await repository.refuse();
      expect(probe.facts).toMatchObject([{ type: 'user.unreadable', failure: { code: 'userNotForgotten' } }]);
    }
  });
});
