import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { UserRepository } from '../../../src/repository/repository.ts';
import { DEFAULT_TIMING } from '../../../src/timing.ts';
import type { User } from '../../../src/user.ts';
import { Harness, settle } from './harness.ts';

/*
 * Two clients over one repository that is slow, refuses and hangs at random. Every save stores a user named after the
 * number of its command, so that the stored user shows which command stored it.
 */

type Step = { readonly do: Order; readonly client: 0 | 1 } | { readonly do: 'allow' | 'refuse' | 'wait' };

type Order = 'load' | 'save' | 'clear' | 'clearOwn' | 'restart';

const client = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('load', 'save', 'clear', 'clearOwn'), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart'), client }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('allow', 'allow', 'refuse', 'wait') }) },
) as fc.Arbitrary<Step>;

interface Call {
  readonly method: 'get' | 'set' | 'clear';
  settle(isAllowed: boolean): void;
}

class Disk implements UserRepository {
  stored: number | null = 0;
  readonly pending: Call[] = [];
  readonly wrong: string[] = [];

  getCurrentUser(): Promise<User | null> {
    return this.#call('get', () => (this.stored === null ? null : { id: String(this.stored) }));
  }

  setCurrentUser({ id }: User): Promise<void> {
    return this.#call('set', () => {
      this.stored = Number(id);
    });
  }

  clearCurrentUser(): Promise<void> {
    return this.#call('clear', () => {
      this.stored = null;
    });
  }

  #call<Value>(method: Call['method'], work: () => Value): Promise<Value> {
    const others = this.pending.map((call) => call.method);
    if (others.length > 0 && [method, ...others].includes('set')) this.wrong.push(`${method} during ${others.join()}`);
    return new Promise((resolve, reject) => {
      this.pending.push({
        method,
        settle: (isAllowed) => (isAllowed ? resolve(work()) : reject(new Error('refused'))),
      });
    });
  }
}

class Walk {
  readonly disk = new Disk();
  readonly sessions: readonly [Harness, Harness] = [new Harness(this.disk), new Harness(this.disk)];
  /** Every removing command, by its number: the user it removes, `null` for every user before it. */
  readonly clears = new Map<number, number | null>();
  readonly seen = [0, 0];
  number = 0;
  lastSaved = 0;

  async take(step: Step): Promise<void> {
    if (step.do === 'allow' || step.do === 'refuse') this.disk.pending.shift()?.settle(step.do === 'allow');
    else if (step.do === 'wait')
      for (const session of this.sessions) {
        await session.clock.advance(DEFAULT_TIMING.storageWriteTimeoutMs);
        session.abandon();
      }
    else if ('client' in step) this.command(step.do, this.sessions[step.client]);
    await settle();
    this.checkFacts();
  }

  command(name: Order, session: Harness): void {
    if (name === 'restart') return session.restart();
    this.number += 1;
    if (name === 'load') return session.load(this.number);
    if (name === 'save') {
      this.lastSaved = this.number;
      return session.save(this.number, { id: String(this.number) });
    }
    this.clears.set(this.number, name === 'clear' ? null : this.lastSaved);
    session.clear(this.number, name === 'clear' ? undefined : String(this.lastSaved));
  }

  checkFacts(): void {
    expect(this.disk.wrong).toEqual([]);
    this.sessions.forEach((session, index) => {
      for (const fact of session.facts.slice(this.seen[index])) {
        if (fact.type === 'user.found') {
          const loggedOut = [...this.clears].filter(([number]) => number < fact.attempt);
          expect(loggedOut.filter(([number, removed]) => isRemoved(Number(fact.user.id), number, removed))).toEqual([]);
        }
        if (fact.type === 'user.cleared' && this.disk.stored !== null) {
          expect(isRemoved(this.disk.stored, fact.attempt, this.clears.get(fact.attempt) ?? null)).toBe(false);
        }
        if (fact.type === 'user.saved') expect(this.disk.stored).toBe(fact.attempt);
      }
      this.seen[index] = session.facts.length;
    });
  }
}

/** Whether a user stored by one command is among those that a later command removes. */
const isRemoved = (stored: number, clear: number, removed: number | null) =>
  removed === null ? stored < clear : stored === removed;

it('laws 4, 6 and 7: whatever is ordered, refused and late, no user who logged out comes back, and facts are true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const walk = new Walk();
      for (const next of steps) await walk.take(next);
      while (walk.disk.pending.length > 0) await walk.take({ do: 'allow' });
      await walk.take({ do: 'load', client: 0 });
      while (walk.disk.pending.length > 0) await walk.take({ do: 'allow' });
      const fact = walk.sessions[0].facts.at(-1);
      expect(fact).toEqual(
        walk.disk.stored === null
          ? { type: 'user.missing', attempt: walk.number }
          : { type: 'user.found', attempt: walk.number, user: { id: String(walk.disk.stored) } },
      );
    }),
    { numRuns: 300 },
  );
});
