import { describe, it } from 'vitest';
import { testLifecycle } from '../../src/testing/index.ts';
import { realSession } from './real/sut.ts';

testLifecycle(realSession('file'), { describe, test: it.concurrent });
