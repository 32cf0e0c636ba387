import { invalidArgument } from '../errors.ts';
import type { SessionRun } from './session-run.ts';

/*
 * What stands beside the client, like the journal, sees the run behind it; an app does not.
 */

const runs = new WeakMap<object, SessionRun>();

export function setRun(client: object, run: SessionRun): void {
  runs.set(client, run);
}

/** @throws SessionError `invalidArgument` for what is no client. */
export function runOf(client: object): SessionRun {
  const run = runs.get(client);
  if (run === undefined) throw invalidArgument('client', 'expected one made by createChatClient()');
  return run;
}
