import { describe, it } from 'vitest';
import { knownPaths, testProtocol } from './paths.ts';
import { PLAIN } from './servers.ts';

// `npm run test:full` takes every transition.
testProtocol(PLAIN, { describe, test: it.concurrent }, knownPaths(PLAIN));
