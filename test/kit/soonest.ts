const MOST_RUNS = 10;

/**
 * The shortest of the times that `run` returns, in milliseconds; it is run again until one is below `enoughMs`. A busy
 * machine delays one run or another, and what a program does wrong delays all of them.
 */
export async function soonestMs(enoughMs: number, run: () => Promise<number>): Promise<number> {
  let soonest = Number.POSITIVE_INFINITY;
  for (let runs = 0; runs < MOST_RUNS && soonest >= enoughMs; runs += 1) soonest = Math.min(soonest, await run());
  return soonest;
}
