import { describe, it } from 'vitest';
import { testProtocol } from './paths.ts';
import { PLAIN } from './servers.ts';

testProtocol(PLAIN, { describe, test: it.concurrent });
