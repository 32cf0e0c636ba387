import { memo, useMemo } from 'react';
import type { Entry } from './entry.ts';
import { clockTime, since } from './format.ts';

interface Props {
  readonly entries: readonly Entry[];
  readonly selected: number | null;
  readonly onSelect: (id: number) => void;
}

interface Span {
  /** The entry that began it. */
  readonly id: number;
  readonly state: string;
  readonly fromMs: number;
  readonly ms: number;
}

const MOST_SPANS = 60;
/** Longer ones are drawn as long as this, with a gap mark. */
const LONGEST_MS = 60_000;

/** The states of the session as bars in time: attempts, connections and waits, the newest on the right. */
export const AttemptBars = memo(function AttemptBars({ entries, selected, onSelect }: Props) {
  const spans = useMemo(() => spansOf(entries), [entries]);
  if (spans.length === 0) return <div className="bars" />;
  const weights = spans.map(({ ms }) => Math.sqrt(Math.min(ms, LONGEST_MS) + 100));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return (
    <div className="bars" role="toolbar" aria-label="States over time">
      {spans.map(({ id, state, fromMs, ms }, index) => (
        <button
          key={id}
          type="button"
          tabIndex={-1}
          aria-label={`${state} at ${clockTime(fromMs)}`}
          title={`${state} · ${clockTime(fromMs)}${ms > 0 ? ` · ${since(ms).slice(1)}` : ''}`}
          className={`bar ${toneOf(state)}${ms > LONGEST_MS ? ' gap' : ''}${id === selected ? ' chosen' : ''}`}
          style={placeOf(weights, index, whole)}
          onClick={() => onSelect(id)}
        />
      ))}
    </div>
  );
});

/** By transform: bars that make room for another one are no shift of the layout. */
function placeOf(weights: readonly number[], index: number, whole: number) {
  const before = weights.slice(0, index).reduce((sum, weight) => sum + weight, 0);
  const share = (weights[index] ?? 0) / whole;
  return { transform: `translateX(${(before / whole) * 100}%) scaleX(${share})` };
}

function spansOf(entries: readonly Entry[]): readonly Span[] {
  const states = entries.filter(({ kind }) => kind === 'state').slice(-MOST_SPANS);
  return states.map(({ id, name, atMs }, index) => ({
    id,
    state: name,
    fromMs: atMs,
    ms: (states[index + 1]?.atMs ?? atMs) - atMs,
  }));
}

function toneOf(state: string): string {
  if (state.startsWith('connected')) return state.endsWith('probing') ? 'doubtful' : 'connected';
  if (/waiting|offline/.test(state)) return 'pausing';
  return /loadingToken|opening|restoring/.test(state) ? 'trying' : 'quiet';
}
