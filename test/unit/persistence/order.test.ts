import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../../src/repository/memory.ts';
import { DEFAULT_TIMING } from '../../../src/timing.ts';
import { alice, Bench, bob, GatedRepository, settle } from './bench.ts';

const { storageWriteTimeoutMs } = DEFAULT_TIMING;

describe('law 6: commands are carried out in order, so the last command wins and not the last I/O', () => {
  it('a logout while the login is still being written removes it afterwards, and is answered only then', async () => {
    const repository = new GatedRepository();
    const bench = new Bench(repository);
    bench.save(1, alice);
    bench.clear(2);
    await settle();
    expect(repository.calls).toEqual(['set alice']);
    expect(bench.facts).toEqual([]);
    await repository.allow();
    expect(repository.calls).toEqual(['set alice', 'clear']);
    expect(bench.facts).toEqual([]);
    await repository.allow();
    expect(bench.facts).toEqual([{ type: 'user.cleared', attempt: 2 }]);
    expect(repository.stored).toBeNull();
  });

  it('nothing is written past a write that hangs, however long', async () => {
    const repository = new GatedRepository();
    const bench = new Bench(repository);
    bench.save(1, alice);
    for (let attempt = 2; attempt < 6; attempt += 1) {
      bench.clear(attempt);
      await settle();
      bench.clock.increment(storageWriteTimeoutMs);
    }
    bench.save(6, bob);
    await settle();
    bench.clock.increment(storageWriteTimeoutMs);
    expect(repository.calls).toEqual(['set alice']);
    expect(bench.facts).toMatchObject([{ type: 'user.notSaved', attempt: 6, failure: { code: 'storageTimedOut' } }]);
  });

  it('once it settles, only the newest command is carried out: what it supersedes is left out', async () => {
    const repository = new GatedRepository();
    const bench = new Bench(repository);
    bench.load(1);
    bench.save(2, alice);
    bench.save(3, bob);
    bench.load(4);
    bench.clear(5);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'clear']);
    expect(bench.facts).toEqual([{ type: 'user.cleared', attempt: 5 }]);
  });

  it('law 7: a restore does not make the login before it needless', async () => {
    const repository = new GatedRepository();
    const bench = new Bench(repository);
    bench.load(1);
    bench.save(2, alice);
    bench.load(3);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'set alice', 'get']);
    expect(bench.facts).toEqual([{ type: 'user.found', attempt: 3, user: alice }]);
  });

  it('law 4: an answer that is no longer asked for is not given', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.load(1);
    bench.load(2);
    await repository.allow();
    expect(bench.facts).toEqual([]);
    await repository.allow();
    expect(bench.facts).toEqual([{ type: 'user.found', attempt: 2, user: alice }]);
  });

  it('law 4: nor is one for a command that was superseded after storage answered, in the same tick', async () => {
    const bench = new Bench(memoryRepository());
    bench.load(1);
    bench.save(2, alice);
    await settle();
    expect(bench.facts).toEqual([{ type: 'user.saved', attempt: 2 }]);
  });

  it('law 2: one timer at most, none for what was superseded, and none once the session ended', async () => {
    const repository = new GatedRepository();
    const bench = new Bench(repository);
    bench.load(1);
    bench.save(2, alice);
    expect(bench.clock.running).toBe(1);
    bench.send({ type: 'user.unwatch' });
    expect(bench.clock.running).toBe(0);
    bench.clear(3);
    expect(bench.clock.running).toBe(1);
    bench.stop();
    expect(bench.clock.running).toBe(0);
  });

  it('law 7: what was to be stored when the session ended is stored still', async () => {
    const repository = new GatedRepository();
    const bench = new Bench(repository);
    bench.load(1);
    bench.save(2, alice);
    bench.send({ type: 'user.unwatch' });
    bench.stop();
    await repository.allowAll();
    expect(repository.stored).toEqual(alice);
    expect(repository.calls).toEqual(['get', 'set alice']);
  });
});

describe('a removal that hangs is tried again', () => {
  it('law 6: by the next logout, past the one that hangs', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.clear(1);
    bench.clear(2);
    await settle();
    expect(repository.calls).toEqual(['clear']);
    bench.clock.increment(storageWriteTimeoutMs);
    bench.clear(3);
    expect(repository.calls).toEqual(['clear', 'clear']);
  });

  it('law 6: and the answer of that one counts, whenever the first one ends, and however', async () => {
    const repository = new GatedRepository(alice);
    let hang: (() => void) | undefined;
    const bench = new Bench({
      getCurrentUser: () => repository.getCurrentUser(),
      setCurrentUser: (user) => repository.setCurrentUser(user),
      clearCurrentUser: () => {
        if (hang !== undefined) return repository.clearCurrentUser();
        return new Promise((_, reject) => {
          hang = () => reject(new Error('too late'));
        });
      },
    });
    bench.clear(1);
    await settle();
    bench.clock.increment(storageWriteTimeoutMs);
    bench.clear(2);
    await repository.allowAll();
    expect(bench.facts).toEqual([{ type: 'user.cleared', attempt: 2 }]);
    hang?.();
    await settle();
    repository.stored = bob;
    bench.load(3);
    await repository.allowAll();
    expect(bench.facts.at(-1)).toEqual({ type: 'user.found', attempt: 3, user: bob });
  });

  it('but not past one that took its time only because it had to wait', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.load(1);
    await settle();
    bench.clock.increment(DEFAULT_TIMING.restoreTimeoutMs);
    bench.clear(2);
    await repository.allow();
    bench.clear(3);
    await settle();
    expect(repository.calls).toEqual(['get', 'clear']);
  });

  it('law 6: but not past a login that is being written', async () => {
    const repository = new GatedRepository();
    const bench = new Bench(repository);
    bench.save(1, alice);
    await settle();
    bench.clock.increment(storageWriteTimeoutMs);
    bench.clear(2);
    await settle();
    expect(repository.calls).toEqual(['set alice']);
  });

  it('law 7: and a login waits for both, or the one that hangs might take whom it stored', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.clear(1);
    await settle();
    bench.clock.increment(storageWriteTimeoutMs);
    bench.clear(2);
    bench.save(3, bob);
    await repository.allow();
    expect(repository.calls).toEqual(['clear', 'clear']);
    await repository.allowAll();
    expect(repository.stored).toEqual(bob);
  });

  it('nor past a login of another client that waits', async () => {
    const repository = new GatedRepository(alice);
    const [one, other] = [new Bench(repository), new Bench(repository)];
    one.clear(1);
    await settle();
    one.clock.increment(storageWriteTimeoutMs);
    other.save(1, bob);
    one.clear(2);
    await repository.allowAll();
    expect(repository.calls).toEqual(['clear', 'set bob', 'clear']);
    expect(repository.stored).toBeNull();
  });

  it('law 7: but no write passes it, or the removal might take whom it stored', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.clear(1);
    await settle();
    bench.clock.increment(storageWriteTimeoutMs);
    bench.save(2, bob);
    await settle();
    expect(repository.calls).toEqual(['clear']);
    await repository.allowAll();
    expect(repository.stored).toEqual(bob);
  });
});

describe('several runs and several clients over one repository', () => {
  it('F1: a restarted actor does not write past a write of its earlier run, nor hear its answer', async () => {
    const repository = new GatedRepository();
    const bench = new Bench(repository);
    bench.save(1, alice);
    bench.restart();
    bench.clear(1);
    await settle();
    expect(repository.calls).toEqual(['set alice']);
    await repository.allow();
    expect(bench.facts).toEqual([{ type: 'persistence.started' }]);
    await repository.allow();
    expect(bench.facts).toEqual([{ type: 'persistence.started' }, { type: 'user.cleared', attempt: 1 }]);
    expect(repository.stored).toBeNull();
  });

  it('F1: a load of the earlier run that has not begun is left out', async () => {
    const repository = new GatedRepository(alice);
    const bench = new Bench(repository);
    bench.load(1);
    bench.load(2);
    bench.restart();
    bench.load(1);
    await repository.allowAll();
    expect(repository.calls).toEqual(['get', 'get']);
    expect(bench.facts).toEqual([{ type: 'persistence.started' }, { type: 'user.found', attempt: 1, user: alice }]);
  });

  it('law 6: a logout by one client follows the login that another is still writing', async () => {
    const repository = new GatedRepository();
    const [one, other] = [new Bench(repository), new Bench(repository)];
    one.save(1, alice);
    other.clear(1);
    await repository.allowAll();
    expect(repository.calls).toEqual(['set alice', 'clear']);
    expect(one.facts).toEqual([{ type: 'user.saved', attempt: 1 }]);
    expect(other.facts).toEqual([{ type: 'user.cleared', attempt: 1 }]);
  });

  it('each client is answered; none is superseded by another', async () => {
    const repository = new GatedRepository();
    const [one, other] = [new Bench(repository), new Bench(repository)];
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
    new Bench(hanging).save(1, alice);
    const bench = new Bench(free);
    bench.save(1, bob);
    await free.allow();
    expect(bench.facts).toEqual([{ type: 'user.saved', attempt: 1 }]);
  });
});
