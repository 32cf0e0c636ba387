import { CONNECTION_MANNERS } from './connection.ts';
import { REASON_MANNERS } from './reasons.ts';
import type { Manner } from './rule.ts';
import { STORAGE_MANNERS } from './storage.ts';
import { TOKEN_MANNERS } from './tokens.ts';
import { WAIT_MANNERS } from './waits.ts';

/*
 * What the design says of a session next to its laws: when a token is asked for, a user stored, a wait long, a server
 * asked for a sign of life, and what a session that fails says of why. Known are commands, facts, timers and what an
 * app can read; which branch of the statechart was taken is not.
 */
export const SPEC_RULES: readonly Manner[] = [
  ...TOKEN_MANNERS,
  ...STORAGE_MANNERS,
  ...CONNECTION_MANNERS,
  ...WAIT_MANNERS,
  ...REASON_MANNERS,
];
