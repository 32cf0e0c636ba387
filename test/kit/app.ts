import { inject, vi } from 'vitest';
import { readOutcome } from './package-outcome.ts';

/*
 * The app that has installed the package. It is built while the first tests run: a file that imports this one waits.
 */

/** A folder in which `sessionchart` is installed as npm would: packed, with `exports` and `files` in force. */
export const appFolder = inject('appFolder');
/** The page of the studio in that package. */
export const pageFolder = `${appFolder}/node_modules/sessionchart/dist/studio/page`;

/** The command line of that package. */
export const bin = `${appFolder}/node_modules/sessionchart/dist/cli.js`;

const outcome = await vi.waitUntil(() => readOutcome(appFolder), { timeout: 300_000, interval: 100 });
if (outcome.error !== undefined) throw new Error(`The package cannot be built:\n${outcome.error}`);

/** How large the package is that npm downloads. */
export const { packedBytes = Number.NaN } = outcome;
