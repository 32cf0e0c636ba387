import { describe, it } from 'vitest';
import { testLifecycle } from '../../../src/testing/index.ts';
import { generatePaths } from '../../model/explore/paths.ts';
import { BranchCoverage, dropsLateFacts, testTally } from '../../model/real/branch-coverage.ts';
import { devServer } from '../../model/real/dev-server.ts';
import { realSession } from '../../model/real/sut.ts';

const tally = new BranchCoverage();

/** Every state key with every event that can happen there, on real sockets: more than 100,000 steps. */
testLifecycle(
  realSession(devServer('memory'), tally),
  { describe, test: it.concurrent },
  generatePaths({ cover: 'edges' }),
);
testTally({ describe, test: it }, tally, dropsLateFacts);
