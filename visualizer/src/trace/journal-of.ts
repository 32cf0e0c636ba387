import type { Journal, SessionContext, SessionEvent } from '../../../src/index.ts';
import { createJournal } from '../../../src/journal/journal.ts';
import type { Entry } from './entry.ts';

/**
 * The journal of what was recorded up to `lastId`, also of a session elsewhere; `null` where there is none to write. It
 * begins after the last gap: a reload, or what was dropped to make room.
 */
export function journalOf(entries: readonly Entry[], lastId = Number.POSITIVE_INFINITY): Journal | null {
  const taken = entries.flatMap(({ id, atMs, step, payload }) =>
    id <= lastId && step !== null && step.from !== null && isContext(step.before) && isContext(step.after)
      ? [
          {
            atMs,
            event: payload as SessionEvent,
            state: step.to,
            from: step.from,
            before: step.before,
            context: step.after,
          },
        ]
      : [],
  );
  const gap = taken.findLastIndex(({ from, before }, index) => {
    const earlier = taken[index - 1];
    return earlier !== undefined && (earlier.state !== from || !isSame(earlier.context, before));
  });
  taken.splice(0, Math.max(0, gap));
  const [first] = taken;
  if (first === undefined) return null;
  return createJournal({ atMs: first.atMs, state: first.from, context: first.before }, taken);
}

const isSame = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

function isContext(value: unknown): value is SessionContext {
  return typeof value === 'object' && value !== null && 'pacing' in value && 'attempt' in value;
}
