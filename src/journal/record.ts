import { type ChartSnapshot, stateName } from '../client/client-snapshot.ts';
import { runOf } from '../client/internals.ts';
import type { SessionClient } from '../client/session-client.ts';
import { invalidArgument } from '../errors.ts';
import type { SessionContext, SessionEvent } from '../machines/types.ts';
import { type Journal, withoutPersonalData } from './journal.ts';

/** Records until it is stopped. Keeping the newest entries costs a few hundred bytes each; chat events are not recorded. */
export interface JournalRecorder {
  /** What was recorded so far, as a value of its own. */
  journal(): Journal;
  /** Records no further. What was recorded stays. */
  stop(): void;
}

interface Kept {
  readonly atMs: number;
  readonly event: SessionEvent;
  readonly state: string;
  readonly context: SessionContext;
}

/**
 * Keeps the last `limit` lifecycle events of `client` (default 500), from now on. It may be called before the client
 * is started or at any time later.
 *
 * @throws SessionError `invalidArgument` for what is no client, or a limit that is no positive integer.
 */
export function recordJournal(
  client: SessionClient,
  { limit = 500 }: { readonly limit?: number } = {},
): JournalRecorder {
  if (!Number.isInteger(limit) || limit < 1) throw invalidArgument('limit', 'expected a positive integer');
  const run = runOf(client);
  const keep = ({ value, context }: ChartSnapshot, event: SessionEvent): Kept => ({
    atMs: run.now(),
    event,
    state: stateName(value),
    context,
  });
  let before = keep(run.chart, { type: 'client.started' });
  let kept: Kept[] = [];
  const stop = run.watch((event, chart) => {
    kept.push(keep(chart, event));
    if (kept.length <= limit) return;
    before = kept[0] ?? before;
    kept = kept.slice(1);
  });
  return {
    stop,
    journal: () =>
      withoutPersonalData({
        format: 'sessionchart/journal' as const,
        version: 1 as const,
        startedAtMs: before.atMs,
        before: { state: before.state, context: before.context },
        entries: kept.map(({ atMs, event, state, context }) => ({
          afterMs: atMs - before.atMs,
          event,
          state,
          delayMs: context.pacing.delayMs,
          failedAttempts: context.pacing.failedAttempts,
          attempt: context.attempt,
        })),
      }),
  };
}
