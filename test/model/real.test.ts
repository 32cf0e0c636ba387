import { describe, it } from 'vitest';
import { testLifecycle } from '../../src/testing/index.ts';
import { testLateFacts } from './real/late-facts.ts';
import { realSession } from './real/sut.ts';
import { Tally, testTally } from './real/tally.ts';

const tally = new Tally();

testLifecycle(realSession('file', tally), { describe, test: it.concurrent });
testLateFacts({ describe, test: it.concurrent }, tally);
testTally({ describe, test: it }, tally);
