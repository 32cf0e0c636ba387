import fc from 'fast-check';
import type { LiveSessionMachine } from '../../../src/client/running-chart.ts';
import { type Walk, walks } from './actions.ts';
import { take } from './world.ts';

/** A walk that broke a law. */
export interface Finding {
  /** With these two the walk is taken again. */
  readonly seed: number;
  readonly path: string;
  readonly walk: Walk;
  readonly reason: string;
}

export interface Batch {
  readonly seed: number;
  readonly runs: number;
  /** Takes only the walk at this place, and shrinks it no further. */
  readonly path?: string;
  /** Whether the first walk found is returned as it is, which takes less time than a shorter one to read. */
  readonly unshrunk?: boolean;
  /** Another version of the statechart, to see whether its faults are found. */
  readonly machine?: LiveSessionMachine;
}

/** Takes walks by chance. The same batch takes the same walks. */
export async function takeBatch({ seed, runs, path, unshrunk = false, machine }: Batch): Promise<Finding | null> {
  const property = fc.asyncProperty(walks, (walk) => take(walk, machine));
  const details = await fc.check(property, {
    seed,
    numRuns: runs,
    ...(path !== undefined && { path }),
    endOnFailure: unshrunk || path !== undefined,
  });
  if (!details.failed) return null;
  const [walk] = details.counterexample ?? [];
  if (walk === undefined) throw new Error('Walks were taken, and none was found to be right or wrong.');
  const { errorInstance } = details;
  const reason =
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
  return { seed: details.seed, path: details.counterexamplePath ?? '', walk, reason };
}

const howToReplay = ({ seed, path }: Finding): string => `npm run walk -- --seed ${seed} --path ${path}`;

/** What is printed of a walk that broke a law. */
export function tell(finding: Finding): string {
  const { walk, reason } = finding;
  return [
    reason,
    '',
    `stored at the start: ${walk.stored ?? 'nobody'}`,
    ...walk.actions.map((action, index) => `${String(index + 1).padStart(3)}. ${JSON.stringify(action)}`),
    '',
    `again: ${howToReplay(finding)}`,
  ].join('\n');
}
