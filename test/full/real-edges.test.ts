import { describe, it } from 'vitest';
import { lifecyclePaths, testLifecycle } from '../../src/testing/index.ts';
import { realSession } from '../model/real/sut.ts';

/** Every state key with every event that can happen there, on real sockets: some 30,000 steps. */
testLifecycle(realSession('memory'), { describe, test: it.concurrent }, lifecyclePaths({ cover: 'edges' }));
