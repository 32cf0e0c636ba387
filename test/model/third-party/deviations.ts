import { beforeAll, expect, it, vi } from 'vitest';
import { type LifecyclePath, leafOf, PathError, runPath, type SystemUnderTest } from '../../../src/testing/index.ts';
import { EVENT_CASES, type EventCase } from '../explore/event-cases.ts';

/*
 * How someone else's client is run through the paths: with what it can be made to meet, and with words for where it
 * goes its own way.
 */

/**
 * What a system can be made to meet, by the names of the event cases. It has no actors that could start anew, and its
 * app is a patient one: it logs in when no one is logged in.
 */
export function patientCases<Sut>({ events }: SystemUnderTest<Sut>): EventCase[] {
  return EVENT_CASES.filter(({ name }) => name in events).map((eventCase) => {
    const { type, canHappen } = eventCase;
    return {
      ...eventCase,
      canHappen: (state) => {
        if (!canHappen(state)) return false;
        if (type === 'client.started') return !state.work.hasClient;
        if (type === 'persistence.started') return !state.work.hasPersistence;
        return type !== 'session.connect' || state.snapshot.matches('loggedOut');
      },
    };
  });
}

/** Many known deviations are waits in vain, so a wait is short at first. */
const SHORT_MS = 1_500;
let patienceMs = SHORT_MS;

/** Resolves as soon as `check` does not throw. */
export const eventually = (check: () => void) => vi.waitFor(check, { timeout: patienceMs, interval: 5 });

/** Where a system goes another way than the statechart: `state, event: what is not as expected`. */
async function deviationOn<Sut>(system: SystemUnderTest<Sut>, path: LifecyclePath): Promise<string | null> {
  try {
    await runPath(system, path);
    return null;
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    const step = path.events[error.step - 1];
    const [what] = error.message.split(':');
    return `${step && leafOf(step.before.snapshot)}, ${step?.name}: ${what}`;
  }
}

/**
 * Tests that a system goes its own way where that is known (`words: deviation`), and nowhere else. A path that is in
 * several covers counts once. Side by side is quicker, for a system that does not mind which of two sockets opens first.
 */
export function testDeviations<Sut>(
  system: SystemUnderTest<Sut>,
  covers: readonly LifecyclePath[],
  known: Readonly<Record<string, string>>,
  order: 'oneByOne' | 'sideBySide',
): void {
  const storyOf = ({ events }: LifecyclePath) => events.map(({ name }) => name).join();
  const paths = [...new Map(covers.map((path) => [storyOf(path), path])).values()];
  let deviations: readonly (string | null)[] = [];

  beforeAll(async () => {
    patienceMs = SHORT_MS;
    const first = await deviationsOn(paths);
    // On a busy machine a short wait says nothing: what is new is looked at again, with more patience.
    patienceMs = 60_000;
    const isNew = (deviation: string | null) => deviation !== null && !Object.values(known).includes(deviation);
    const again = paths.filter((_, index) => isNew(first[index] ?? null));
    const second = await deviationsOn(again);
    deviations = paths.map(
      (path, index) => (again.includes(path) ? second[again.indexOf(path)] : first[index]) ?? null,
    );
  });

  async function deviationsOn(some: readonly LifecyclePath[]): Promise<readonly (string | null)[]> {
    const runs: Promise<string | null>[] = [];
    for (const path of some) {
      const run = deviationOn(system, path);
      runs.push(run);
      if (order === 'oneByOne') await run;
    }
    return Promise.all(runs);
  }

  it('goes the same way on half of the paths or more', () => {
    expect(deviations.filter((deviation) => deviation === null).length).toBeGreaterThanOrEqual(paths.length / 2);
  });

  it.each(Object.entries(known))('goes its own way: %s', (_, deviation) => {
    expect(deviations).toContain(deviation);
  });

  it('and nowhere else', () => {
    const unknown = deviations.filter((deviation) => deviation !== null && !Object.values(known).includes(deviation));
    expect(unknown).toEqual([]);
  });
}
