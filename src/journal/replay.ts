import { getNextSnapshot, type StateValue } from 'xstate';
import { type ChartSnapshot, stateName } from '../client/client-snapshot.ts';
import { sessionMachine } from '../machines/session.ts';
import { type JournalEntry, parseJournal } from './journal.ts';

/** One entry of a journal beside what the statechart makes of it. */
export interface ReplayStep {
  /** 0 for the first entry. */
  readonly index: number;
  readonly recorded: JournalEntry;
  /** The state, and what else is compared, as the pure machine has it. */
  readonly replayed: Pick<JournalEntry, 'state' | 'delayMs' | 'failures' | 'attempt'>;
  /** What differs; empty when nothing does. */
  readonly differences: readonly (keyof ReplayStep['replayed'])[];
}

export interface Replay {
  readonly steps: readonly ReplayStep[];
  /** The first step that differs, or `null`: the journal is what this version of the statechart does. */
  readonly divergence: ReplayStep | null;
}

/**
 * Recomputes a journal with the pure statechart: no actor runs, nothing is sent.
 *
 * @throws SessionError `invalidArgument` for something that is no journal.
 */
export function replayJournal(json: unknown): Replay {
  const journal = parseJournal(json);
  let snapshot = snapshotOf(journal.before.state, journal.before.context);
  const steps = journal.entries.map((recorded, index): ReplayStep => {
    snapshot = getNextSnapshot(sessionMachine, snapshot, recorded.event) as ChartSnapshot;
    const { delayMs, failures, attempt } = snapshot.context;
    const replayed = { state: stateName(snapshot.value), delayMs, failures, attempt };
    const differences = (Object.keys(replayed) as (keyof typeof replayed)[]).filter(
      (key) => replayed[key] !== recorded[key],
    );
    return { index, recorded, replayed, differences };
  });
  return { steps, divergence: steps.find(({ differences }) => differences.length > 0) ?? null };
}

function snapshotOf(state: string, context: ChartSnapshot['context']): ChartSnapshot {
  const [parent = '', child] = state.split('.');
  const value = (child === undefined ? parent : { [parent]: child }) as StateValue;
  return sessionMachine.resolveState({ value: value as ChartSnapshot['value'], context }) as ChartSnapshot;
}
