import { inject, vi } from 'vitest';
import { readOutcome } from './package-outcome.ts';

/*
 * Waits for the installed package, which is built while the first tests of other projects run.
 */

const { error } = await vi.waitUntil(() => readOutcome(inject('appFolder')), { timeout: 300_000, interval: 100 });
if (error !== undefined) throw new Error(`The package cannot be built:\n${error}`);
