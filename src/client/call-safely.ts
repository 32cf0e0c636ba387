/**
 * Calls what the app gave, and keeps its faults from going any further (law 11): what it throws is reported, and so is
 * what it rejects with when it is an async function, which nobody would await.
 */
export function callSafely(callback: () => unknown, report: (cause: unknown) => void): void {
  try {
    const answer = callback();
    if (isThenable(answer)) Promise.resolve(answer).catch(report);
  } catch (cause) {
    report(cause);
  }
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function';
}
