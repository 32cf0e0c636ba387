import { describe, expect, it } from 'vitest';
import type { User } from '../../../src/user.ts';
import { alice, bob, GatedRepository, Harness, settle } from './harness.ts';

/** A session in which alice was restored and logged out, and her removal failed. */
async function failedLogout(): Promise<{ readonly repository: GatedRepository; readonly session: Harness }> {
  const repository = new GatedRepository(alice);
  const session = new Harness(repository);
  session.load(1);
  await repository.allow();
  session.clear(2);
  await settle();
  await repository.refuse();
  expect(session.facts.at(-1)).toMatchObject({ type: 'user.notCleared', failure: { code: 'userNotForgotten' } });
  session.facts.length = 0;
  session.reports.length = 0;
  repository.calls.length = 0;
  return { repository, session };
}

describe('law 6: a removal that failed is pending', () => {
  it('and is tried again before a user is restored', async () => {
    const { repository, session } = await failedLogout();
    session.load(3);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'clear']);
    expect(session.facts).toEqual([{ type: 'user.missing', attempt: 3 }]);
    expect(repository.stored).toBeNull();
  });

  it('no user is restored when it fails again, and the failure gives the reason', async () => {
    const { repository, session } = await failedLogout();
    session.load(3);
    await repository.allow();
    await repository.refuse(new Error('still locked'));
    expect(session.facts).toEqual([
      {
        type: 'user.unreadable',
        attempt: 3,
        failure: {
          code: 'userNotForgotten',
          message:
            'No user is restored, because the stored user logged out and still could not be removed: still locked',
        },
      },
    ]);
    expect(session.codes).toEqual(['repository: userNotForgotten']);
    session.load(4);
    await repository.allowAll();
    expect(session.facts.at(-1)).toEqual({ type: 'user.missing', attempt: 4 });
  });

  it('and is tried again by the next logout', async () => {
    const { repository, session } = await failedLogout();
    session.clear(3);
    await repository.allowAll();
    expect(session.facts).toEqual([{ type: 'user.cleared', attempt: 3 }]);
    repository.stored = alice;
    session.load(4);
    await repository.allowAll();
    expect(session.facts.at(-1)).toMatchObject({ type: 'user.found' });
  });

  it("and is settled when the next user's record replaces the old one", async () => {
    const { repository, session } = await failedLogout();
    session.save(3, bob);
    await repository.allowAll();
    session.load(4);
    await repository.allowAll();
    expect(repository.calls).toEqual(['set bob', 'get']);
    expect(session.facts.at(-1)).toEqual({ type: 'user.found', attempt: 4, user: bob });
  });

  it('law 7: and is settled when that user logs in again', async () => {
    const { repository, session } = await failedLogout();
    session.save(3, alice);
    await repository.allowAll();
    session.load(4);
    await repository.allowAll();
    expect(repository.calls).toEqual(['set alice', 'get']);
    expect(session.facts.at(-1)).toEqual({ type: 'user.found', attempt: 4, user: alice });
  });

  it('and is tried again at once when the next user cannot be stored, or the first user would come back', async () => {
    const { repository, session } = await failedLogout();
    session.save(3, bob);
    await settle();
    await repository.refuse();
    expect(repository.calls).toEqual(['set bob', 'get']);
    await repository.allowAll();
    expect(repository.calls).toEqual(['set bob', 'get', 'clear']);
    expect(session.facts).toMatchObject([{ type: 'user.notSaved', attempt: 3 }]);
    expect(repository.stored).toBeNull();
  });

  it('and is settled when the record was removed elsewhere meanwhile', async () => {
    const { repository, session } = await failedLogout();
    repository.stored = null;
    session.load(3);
    await repository.allowAll();
    repository.stored = alice;
    session.load(4);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'get']);
    expect(session.facts).toMatchObject([{ type: 'user.missing' }, { type: 'user.found' }]);
  });

  it('law 7: and spares another user who logged in elsewhere meanwhile', async () => {
    const { repository, session } = await failedLogout();
    repository.stored = bob;
    session.load(3);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get']);
    expect(session.facts).toEqual([{ type: 'user.found', attempt: 3, user: bob }]);
  });

  it('law 6: for whichever user is stored, where a failed login may have been written', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.load(1);
    await repository.allow();
    session.save(2, bob);
    await settle();
    repository.stored = bob;
    await repository.refuse();
    session.clear(3);
    await settle();
    await repository.refuse();
    session.load(4);
    await repository.allowAll();
    expect(session.facts.at(-1)).toEqual({ type: 'user.missing', attempt: 4 });
  });

  it('law 7: but not about the user who logged in elsewhere before the logout, where that is known', async () => {
    const repository = new GatedRepository(alice);
    let report = (_: User | null) => {};
    const watched = Object.assign(repository, {
      subscribe: (listener: typeof report) => {
        report = listener;
        return () => {};
      },
    });
    const session = new Harness(watched);
    session.load(1);
    session.send({ type: 'user.watch', sessionUserId: 'alice' });
    await repository.allow();
    repository.stored = bob;
    report(bob);
    await settle();
    session.clear(2);
    await settle();
    await repository.refuse();
    session.load(3);
    await repository.allowAll();
    expect(session.facts.at(-1)).toEqual({ type: 'user.found', attempt: 3, user: bob });
  });

  it('for every client of this repository, including one created after a dispose', async () => {
    const { repository, session } = await failedLogout();
    session.stop();
    const next = new Harness(repository);
    next.load(1);
    await repository.allowAll();
    expect(next.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
  });

  it('also when it never began and the login after it could not be stored', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.load(1);
    await settle();
    session.clear(2);
    session.save(3, bob);
    await repository.allow();
    await repository.refuse();
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set bob', 'clear']);
    expect(repository.stored).toBeNull();
  });

  it('also when the restore was requested before it failed', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.load(1);
    await settle();
    session.clear(2);
    session.load(3);
    await repository.allow();
    await repository.refuse();
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'clear', 'get', 'clear']);
    expect(session.facts).toEqual([{ type: 'user.missing', attempt: 3 }]);
  });

  it('and is settled only by a later login, not by one that another client had requested before', async () => {
    const repository = new GatedRepository(alice);
    const [one, other] = [new Harness(repository), new Harness(repository)];
    one.load(1);
    other.save(1, bob);
    one.clear(2);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set bob', 'clear']);
    expect(repository.stored).toBeNull();
  });
});

describe('law 7: only the refused user is removed', () => {
  it('when that user is stored', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.clear(1, 'alice');
    await repository.allowAll();
    expect(repository.stored).toBeNull();
    expect(session.facts).toEqual([{ type: 'user.cleared', attempt: 1 }]);
  });

  it('not when another user is stored', async () => {
    const repository = new GatedRepository(bob);
    const session = new Harness(repository);
    session.clear(1, 'alice');
    await repository.allowAll();
    expect(repository.calls).toEqual(['get']);
    expect(repository.stored).toEqual(bob);
    expect(session.facts).toEqual([{ type: 'user.cleared', attempt: 1 }]);
  });

  it('no one when no one is stored any more', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.clear(1, 'alice');
    await repository.allowAll();
    expect(repository.calls).toEqual(['get']);
    expect(session.facts).toEqual([{ type: 'user.cleared', attempt: 1 }]);
  });

  it('not when it is unknown who is stored: that is a failure, and the removal is pending', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.clear(1, 'alice');
    await settle();
    await repository.refuse();
    expect(repository.calls).toEqual(['get']);
    expect(session.facts).toMatchObject([{ type: 'user.notCleared', failure: { code: 'userNotForgotten' } }]);
    session.load(2);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'get', 'clear']);
    expect(session.facts.at(-1)).toEqual({ type: 'user.missing', attempt: 2 });
  });

  it('but whichever user is stored, where the removal of an earlier logout is pending', async () => {
    const { repository, session } = await failedLogout();
    session.clear(3, 'bob');
    await repository.allowAll();
    expect(repository.stored).toBeNull();
    expect(session.facts).toEqual([{ type: 'user.cleared', attempt: 3 }]);
  });

  it('and two pending removals do not hide each other', async () => {
    const { repository, session } = await failedLogout();
    session.clear(3, 'bob');
    await settle();
    await repository.refuse();
    for (const user of [alice, bob]) {
      repository.stored = user;
      const probe = new Harness(repository);
      probe.load(1);
      await repository.allow();
      await repository.refuse();
      expect(probe.facts).toMatchObject([{ type: 'user.unreadable', failure: { code: 'userNotForgotten' } }]);
    }
  });
});
