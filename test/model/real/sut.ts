import { expect } from 'vitest';
import type { SystemUnderTest } from '../../../src/testing/index.ts';
import { INVARIANTS } from '../../kit/oracles/expected-results/expectations.ts';
import type { PathStep } from '../explore/path-cover.ts';
import { type BranchCoverage, ObservedSession } from './branch-coverage.ts';
import { CAUSES } from './causes.ts';
import { RealWorld, type Storage } from './world.ts';

/** The real client on a real socket with a real repository, for the paths of the statechart. */
export function realSession(storage: Storage, tally: BranchCoverage): SystemUnderTest<RealWorld, PathStep> {
  const sessions = new WeakMap<RealWorld, ObservedSession>();
  return {
    start: async (path) => {
      const world = await RealWorld.start(path, storage);
      sessions.set(world, new ObservedSession(world.client));
      return world;
    },
    events: CAUSES,
    invariants: {
      ...INVARIANTS,
      // What no state would answer, the client may keep to itself.
      'every event that is no late one takes the branch of the path': (world, { case: { late }, ...step }) => {
        const isTaken = sessions.get(world)?.hasTaken(step);
        if (late === undefined && step.branches.length > 0) expect(isTaken, step.branches[0]?.id).toBe(true);
      },
    },
    stop: async (world) => {
      const observed = sessions.get(world);
      if (observed !== undefined) tally.add(observed);
      expect(await world.repository.inspect()).toEqual(world.repository.record);
      await world.stop();
    },
  };
}
