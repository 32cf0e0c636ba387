import { expect } from 'vitest';
import type { SystemUnderTest } from '../../../src/testing/index.ts';
import { CAUSES } from './causes.ts';
import { INVARIANTS } from './expectations.ts';
import { type Tally, Witness } from './tally.ts';
import { RealWorld, type Storage } from './world.ts';

/** The real client on a real socket with a real repository, for the paths of the statechart. */
export function realSession(storage: Storage, tally: Tally): SystemUnderTest<RealWorld> {
  const witnesses = new WeakMap<RealWorld, Witness>();
  return {
    start: async (path) => {
      const world = await RealWorld.start(path, storage);
      witnesses.set(world, new Witness(world.client));
      return world;
    },
    events: CAUSES,
    invariants: {
      ...INVARIANTS,
      // What no state would answer, the client may keep to itself.
      'every event that is no late one takes the branch of the path': (world, { case: { late }, ...step }) => {
        const isTaken = witnesses.get(world)?.hasTaken(step);
        if (late === undefined && step.branch !== null) expect(isTaken, step.branch.id).toBe(true);
      },
    },
    stop: async (world) => {
      const witness = witnesses.get(world);
      if (witness !== undefined) tally.add(witness);
      expect(await world.repository.inspect()).toEqual(world.repository.record);
      await world.stop();
    },
  };
}
