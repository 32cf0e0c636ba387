import { expect } from 'vitest';
import type { SystemUnderTest } from '../../../src/testing/index.ts';
import { INVARIANTS } from '../../kit/oracles/expected-results/expectations.ts';
import type { PathStep } from '../explore/path-cover.ts';
import type { BranchCoverage } from './branch-coverage.ts';
import { CAUSES } from './causes.ts';
import { type RealBackend, RealWorld, type StartBackend } from './world.ts';

const COMMANDS_OF_A_SESSION = ['session.suspend', 'session.resume', 'session.retryNow'];

/** Without a session there is nothing to command: the client fails the call, and the statechart receives nothing. */
const isRefused = ({ event: { type }, before }: PathStep) =>
  COMMANDS_OF_A_SESSION.includes(type) && before.snapshot.matches('loggedOut');

type Subject<Backend extends RealBackend> = SystemUnderTest<RealWorld<Backend>, PathStep>;

/** The real client on a real socket with a real repository, for the paths of the statechart. */
export function realSession<Backend extends RealBackend>(
  startBackend: StartBackend<Backend>,
  tally: BranchCoverage,
  ownLaws: Subject<Backend>['invariants'] = {},
): Subject<Backend> {
  return {
    start: (path) => RealWorld.start(path, startBackend),
    events: CAUSES,
    invariants: {
      ...INVARIANTS,
      ...ownLaws,
      // The client may keep to itself what no state handles, and a command that it refuses.
      'every event that is no late one takes the branch of the path': (world, step) => {
        const isTaken = world.taken.includes(step);
        if (step.case.late !== undefined || step.branches.length === 0 || isRefused(step)) return;
        expect(isTaken, step.branches[0]?.id).toBe(true);
      },
    },
    stop: async (world) => {
      tally.add(world.taken);
      expect(await world.repository.inspect()).toEqual(world.repository.record);
      await world.stop();
    },
  };
}
