import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects what no one holds, and lets those who asked to be reported of it receives so. */
export async function collectGarbage(): Promise<void> {
  // Twice: what is reported of the first may let go of more.
  for (let round = 0; round < 2; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
