import type { StateValue } from 'xstate';
import { type ChartSnapshot, stateName } from '../client/client-snapshot.ts';
import { type Foreseen, foresee } from '../client/foresee.ts';
import { invalidArgument } from '../errors.ts';
import { sessionMachine } from '../machines/session.ts';
import type { SessionContext } from '../machines/types.ts';
import {
  type Journal,
  type JournalEntry,
  type JournalPoint,
  type JournalState,
  parseJournal,
  pointOf,
} from './journal.ts';

/** One entry of a journal, next to what the statechart makes of it. */
export interface ReplayStep {
  /** 0 for the first entry. */
  readonly index: number;
  readonly recorded: JournalEntry;
  /** Where the pure statechart gets by the same event, from where the step before left it. */
  readonly replayed: JournalPoint;
  /** What differs; empty when nothing does. */
  readonly differences: readonly (keyof JournalPoint)[];
  /** The transition of the event, then those of the choice states on the way; empty when the event is not handled there. */
  readonly transitions: readonly ReplayTransition[];
  /** What the statechart knows after the step. */
  readonly context: SessionContext;
}

export interface ReplayTransition {
  /** The state that declares it: `connecting`, also when the session was in `connecting.waiting`. */
  readonly source: string;
  /** Which of the event's branches, or of those of a choice state, it is; 0 for the first. */
  readonly branch: number;
  /** The state that it leads to, as declared; `null` where the session stays. */
  readonly target: string | null;
  /** What it is for, as the statechart says. */
  readonly description: string;
}

export interface Replay {
  readonly journal: Journal;
  readonly steps: readonly ReplayStep[];
  /** The first step that differs, or `null`: the journal is what this version of the statechart does. */
  readonly divergence: ReplayStep | null;
}

/**
 * Recomputes a journal, as JSON text or as a value, with the pure statechart: no actor runs, nothing is sent.
 *
 * @throws SessionError `invalidArgument` for something that is no journal, naming the part that is unusable.
 */
export function replayJournal(json: unknown): Replay {
  const journal = parseJournal(json);
  let snapshot = reading('before', () => snapshotOf(journal.before));
  const steps = journal.entries.map((recorded, index): ReplayStep => {
    const before = snapshot;
    const taken = reading(`entries.${index}`, () => foresee(before, recorded.event));
    snapshot = taken.snapshot;
    const { context } = snapshot;
    const transitions = taken.transitions.map(describe);
    const replayed = pointOf(taken.state, context);
    const differences = POINT_KEYS.filter((key) => replayed[key] !== recorded[key]);
    return { index, recorded, replayed, differences, transitions, context };
  });
  return { journal, steps, divergence: steps.find(({ differences }) => differences.length > 0) ?? null };
}

const POINT_KEYS = ['state', 'delayMs', 'failedAttempts', 'attempt'] as const satisfies readonly (keyof JournalPoint)[];

/** The chart's guards and actions trust their input, which here was written by anyone. */
function reading<Value>(part: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw invalidArgument(
      `journal.${part}`,
      `cannot be replayed: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

function snapshotOf({ state, context }: JournalState): ChartSnapshot {
  const [parent = '', child] = state.split('.');
  const value = (child === undefined ? parent : { [parent]: child }) as StateValue as ChartSnapshot['value'];
  const resolved = sessionMachine.resolveState({ value, context });
  if (stateName(resolved.value) !== state) throw new Error(`there is no state ${state}`);
  return resolved;
}

function describe(taken: Foreseen['transitions'][number]): ReplayTransition {
  const { source, eventType, target, description = '' } = taken;
  const branches: readonly unknown[] = source.transitions.get(eventType) ?? source.always ?? [];
  return {
    source: source.path.join('.'),
    branch: Math.max(0, branches.indexOf(taken)),
    target: target?.[0]?.path.join('.') ?? null,
    description,
  };
}
