import { isThenable } from '../synchronous.ts';

/**
 * Calls what the app gave, and keeps its faults from going any further (law 11): what it throws is reported, and so is
 * what it rejects with when it is an async function, which nothing awaits.
 */
export function callSafely<Argument>(
  callback: (argument: Argument) => unknown,
  report: (cause: unknown) => void,
  argument?: Argument,
): void {
  try {
    const returned = callback(argument as Argument);
    if (isThenable(returned)) Promise.resolve(returned).catch(report);
  } catch (cause) {
    report(cause);
  }
}
