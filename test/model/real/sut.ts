import { expect } from 'vitest';
import type { SystemUnderTest } from '../../../src/testing/index.ts';
import { CAUSES } from './causes.ts';
import { INVARIANTS } from './expectations.ts';
import { RealWorld, type Storage } from './world.ts';

/** The real client on a real socket with a real repository, for the paths of the statechart. */
export function realSession(storage: Storage): SystemUnderTest<RealWorld> {
  return {
    start: (path) => RealWorld.start(path, storage),
    events: CAUSES,
    ...(INVARIANTS && { invariants: INVARIANTS }),
    stop: async (world) => {
      expect(await world.repository.inspect()).toEqual(world.repository.record);
      await world.stop();
    },
  };
}
