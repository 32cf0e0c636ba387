import { describe, it } from 'vitest';
import { testLifecycle } from '../../src/testing/index.ts';
import { modelPaths } from './paths.ts';
import { BranchCoverage, testTally } from './real/branch-coverage.ts';
import { devServer } from './real/dev-server.ts';
import { testLateFacts } from './real/late-facts.ts';
import { realSession } from './real/sut.ts';

const tally = new BranchCoverage();

testLifecycle(realSession(devServer('file'), tally), { describe, test: it.concurrent }, modelPaths());
testLateFacts({ describe, test: it.concurrent }, tally);
testTally({ describe, test: it }, tally);
