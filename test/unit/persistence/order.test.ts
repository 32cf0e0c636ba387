import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../../src/repository/memory.ts';
import { DEFAULT_TIMING } from '../../../src/timing.ts';
import { alice, bob, GatedRepository, Harness, settle } from './harness.ts';

const { storageWriteTimeoutMs } = DEFAULT_TIMING;

describe('law 6: commands run in order, so that the last command wins and not the last I/O', () => {
  it('a logout during the write of a login removes the user afterwards, and succeeds only then', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.save(1, alice);
    session.clear(2);
    await settle();
    expect(repository.calls).toEqual(['set alice']);
    expect(session.facts).toEqual([]);
    await repository.allow();
    expect(repository.calls).toEqual(['set alice', 'clear']);
    expect(session.facts).toEqual([]);
    await repository.allow();
    expect(session.facts).toEqual([{ type: 'user.cleared', attempt: 2 }]);
    expect(repository.stored).toBeNull();
  });

  it('nothing is written past a write that hangs, however long it hangs', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.save(1, alice);
    for (let attempt = 2; attempt < 6; attempt += 1) {
      session.clear(attempt);
      await settle();
      session.abandon();
    }
    session.save(6, bob);
    await settle();
    await session.clock.advance(storageWriteTimeoutMs);
    expect(repository.calls).toEqual(['set alice']);
    expect(session.facts).toMatchObject([{ type: 'user.notSaved', attempt: 6, failure: { code: 'storageTimedOut' } }]);
  });

  it('only the newest of the commands that waited is carried out', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.load(1);
    session.save(2, alice);
    session.save(3, bob);
    session.load(4);
    session.clear(5);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'clear']);
    expect(session.facts).toEqual([{ type: 'user.cleared', attempt: 5 }]);
  });

  it('law 7: a restore does not supersede the login before it', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.load(1);
    session.save(2, alice);
    session.load(3);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set alice', 'get']);
    expect(session.facts).toEqual([{ type: 'user.found', attempt: 3, user: alice }]);
  });

  it('law 4: a superseded load sends no fact', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.load(1);
    session.load(2);
    await repository.allow();
    expect(session.facts).toEqual([]);
    await repository.allow();
    expect(session.facts).toEqual([{ type: 'user.found', attempt: 2, user: alice }]);
  });

  it('law 4: nor does one that is superseded in the same tick, after storage has replied', async () => {
    const session = new Harness(memoryRepository());
    session.load(1);
    session.save(2, alice);
    await settle();
    expect(session.facts).toEqual([{ type: 'user.saved', attempt: 2 }]);
  });

  it('law 2: one timer for a save, none for a load or a clear, and none once the save is superseded or the session ended', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.load(1);
    expect(session.clock.running).toBe(0);
    session.save(2, alice);
    expect(session.clock.running).toBe(1);
    session.save(3, alice);
    expect(session.clock.running).toBe(1);
    session.send({ type: 'user.unwatch' });
    expect(session.clock.running).toBe(0);
    session.save(4, alice);
    session.clear(5);
    expect(session.clock.running).toBe(0);
    session.save(6, alice);
    session.stop();
    expect(session.clock.running).toBe(0);
  });

  it('law 7: a user who waits to be stored when the session ends is still stored', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.load(1);
    session.save(2, alice);
    session.send({ type: 'user.unwatch' });
    session.stop();
    await repository.allowAll();
    expect(repository.stored).toEqual(alice);
    expect(repository.calls).toEqual(['get', 'set alice']);
  });
});

describe('a removal that hangs is tried again', () => {
  it('law 6: by the next logout, past the removal that hangs', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.clear(1);
    session.clear(2);
    await settle();
    expect(repository.calls).toEqual(['clear']);
    session.abandon();
    session.clear(3);
    expect(repository.calls).toEqual(['clear', 'clear']);
  });

  it('law 6: and the second result counts, whenever and however the first removal ends', async () => {
    const repository = new GatedRepository(alice);
    let hang: (() => void) | undefined;
    const session = new Harness({
      getCurrentUser: () => repository.getCurrentUser(),
      setCurrentUser: (user) => repository.setCurrentUser(user),
      clearCurrentUser: () => {
        if (hang !== undefined) return repository.clearCurrentUser();
        return new Promise((_, reject) => {
          hang = () => reject(new Error('too late'));
        });
      },
    });
    session.clear(1);
    await settle();
    session.abandon();
    session.clear(2);
    await repository.allowAll();
    expect(session.facts).toEqual([{ type: 'user.cleared', attempt: 2 }]);
    hang?.();
    await settle();
    repository.stored = bob;
    session.load(3);
    await repository.allowAll();
    expect(session.facts.at(-1)).toEqual({ type: 'user.found', attempt: 3, user: bob });
  });

  it('law 6: and a read that hangs holds up no logout, nor does a login that is stored after it', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.load(1);
    await settle();
    session.abandon();
    session.save(2, bob);
    session.clear(3);
    expect(repository.calls).toEqual(['get', 'clear']);
    await repository.allowNewest();
    expect(session.facts).toEqual([{ type: 'user.cleared', attempt: 3 }]);
    expect(repository.stored).toBeNull();
  });

  it('law 6: no one is restored from a read that a removal has overtaken', async () => {
    const repository = new GatedRepository(alice);
    const [one, other] = [new Harness(repository), new Harness(repository)];
    one.load(1);
    await settle();
    one.abandon();
    other.clear(1);
    await repository.allowNewest();
    expect(other.facts).toEqual([{ type: 'user.cleared', attempt: 1 }]);
    repository.stored = alice;
    await repository.allow();
    expect(one.facts).toEqual([{ type: 'user.missing', attempt: 1 }]);
  });

  it('law 7: a login waits for a read that hangs and for the removal that has overtaken it', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.load(1);
    await settle();
    session.abandon();
    session.clear(2);
    session.save(3, bob);
    await repository.allow();
    expect(repository.calls).toEqual(['get', 'clear']);
    await repository.allowAll();
    expect(repository.stored).toEqual(bob);
  });

  it('law 6: but not past the write of a login', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.save(1, alice);
    await settle();
    await session.clock.advance(storageWriteTimeoutMs);
    session.clear(2);
    await settle();
    expect(repository.calls).toEqual(['set alice']);
  });

  it('law 7: and a login waits for both, because the one that hangs might remove its user', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.clear(1);
    await settle();
    session.abandon();
    session.clear(2);
    session.save(3, bob);
    await repository.allow();
    expect(repository.calls).toEqual(['clear', 'clear']);
    await repository.allowAll();
    expect(repository.stored).toEqual(bob);
  });

  it('nor past a waiting login of another client', async () => {
    const repository = new GatedRepository(alice);
    const [one, other] = [new Harness(repository), new Harness(repository)];
    one.clear(1);
    await settle();
    one.abandon();
    other.save(1, bob);
    one.clear(2);
    await repository.allowAll();
    expect(repository.calls).toEqual(['clear', 'set bob', 'clear']);
    expect(repository.stored).toBeNull();
  });

  it('law 7: but no write overtakes it, because the removal might remove its user', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.clear(1);
    await settle();
    session.abandon();
    session.save(2, bob);
    await settle();
    expect(repository.calls).toEqual(['clear']);
    await repository.allowAll();
    expect(repository.stored).toEqual(bob);
  });
});

describe('several runs and several clients over one repository', () => {
  it('F1: a restarted actor does not write past a write of its earlier run, and gets no fact of it', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.save(1, alice);
    session.restart();
    session.clear(1);
    await settle();
    expect(repository.calls).toEqual(['set alice']);
    await repository.allow();
    expect(session.facts).toEqual([{ type: 'persistence.started' }]);
    await repository.allow();
    expect(session.facts).toEqual([{ type: 'persistence.started' }, { type: 'user.cleared', attempt: 1 }]);
    expect(repository.stored).toBeNull();
  });

  it('F1: a load of the earlier run that has not begun is left out', async () => {
    const repository = new GatedRepository(alice);
    const session = new Harness(repository);
    session.load(1);
    session.load(2);
    session.restart();
    session.load(1);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'get']);
    expect(session.facts).toEqual([{ type: 'persistence.started' }, { type: 'user.found', attempt: 1, user: alice }]);
  });

  it('law 2: a load that has not begun when its run ends is left out, too', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.save(1, alice);
    session.load(2);
    session.stop();
    await repository.allowAll();
    expect(repository.calls).toEqual(['set alice']);
  });

  it('law 2: so is a look at storage for a session that has ended by then', async () => {
    const repository = new GatedRepository();
    const session = new Harness(repository);
    session.save(1, alice);
    session.send({ type: 'user.watch' });
    session.send({ type: 'user.unwatch' });
    await repository.allowAll();
    expect(repository.calls).toEqual(['set alice']);
  });

  it('law 6: a logout by one client waits for the login that another client is writing', async () => {
    const repository = new GatedRepository();
    const [one, other] = [new Harness(repository), new Harness(repository)];
    one.save(1, alice);
    other.clear(1);
    await repository.allowAll();
    expect(repository.calls).toEqual(['set alice', 'clear']);
    expect(one.facts).toEqual([{ type: 'user.saved', attempt: 1 }]);
    expect(other.facts).toEqual([{ type: 'user.cleared', attempt: 1 }]);
  });

  it('each client gets its facts; no client supersedes another', async () => {
    const repository = new GatedRepository();
    const [one, other] = [new Harness(repository), new Harness(repository)];
    one.load(1);
    one.save(2, alice);
    other.save(7, bob);
    await repository.allowAll();
    expect(one.facts).toEqual([{ type: 'user.saved', attempt: 2 }]);
    expect(other.facts).toEqual([{ type: 'user.saved', attempt: 7 }]);
    expect(repository.stored).toEqual(bob);
  });

  it('different repositories do not wait for each other', async () => {
    const [hanging, free] = [new GatedRepository(), new GatedRepository()];
    new Harness(hanging).save(1, alice);
    const session = new Harness(free);
    session.save(1, bob);
    await free.allow();
    expect(session.facts).toEqual([{ type: 'user.saved', attempt: 1 }]);
  });
});
