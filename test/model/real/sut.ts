import { expect } from 'vitest';
import type { SystemUnderTest } from '../../../src/testing/index.ts';
import { INVARIANTS } from '../../kit/oracles/expected-results/expectations.ts';
import type { PathStep } from '../explore/path-cover.ts';
import { type BranchCoverage, ObservedSession } from './branch-coverage.ts';
import { CAUSES } from './causes.ts';
import { RealWorld, type Storage } from './world.ts';

const COMMANDS_OF_A_SESSION = ['session.suspend', 'session.resume', 'session.retryNow'];

/** Without a session there is nothing to command: the client fails the call, and the statechart receives nothing. */
const isRefused = ({ event: { type }, before }: PathStep) =>
  COMMANDS_OF_A_SESSION.includes(type) && before.snapshot.matches('loggedOut');

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
      // The client may keep to itself what no state handles, and a command that it refuses.
      'every event that is no late one takes the branch of the path': (world, step) => {
        const isTaken = sessions.get(world)?.hasTaken(step);
        if (step.case.late !== undefined || step.branches.length === 0 || isRefused(step)) return;
        expect(isTaken, step.branches[0]?.id).toBe(true);
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
