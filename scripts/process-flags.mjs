/**
 * For the processes that run tests. None changes what a program does.
 * @type {readonly string[]}
 */
export const PROCESS_FLAGS = [
  // Half of the time of a search through many states goes into moving those that are still young.
  '--max-semi-space-size=64',
  // Next to other processes, threads that collect together with the first one cost more than they save.
  '--single-threaded-gc',
  // A test runs most functions for a moment only: to optimise them takes longer than it saves, unless they run eight
  // times as long as V8 waits otherwise. Later versions of Node do not have the flag.
  ...(process.version.startsWith('v20.') ? ['--interrupt-budget=540672'] : []),
];
