import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { BranchLines } from './branch-lines.tsx';
import { Caption } from './caption.tsx';
import { ANYWHERE, type Branch, type ChartDefinition, lineage, topLevel } from './definition.ts';
import { mostArrivals, outgoing } from './outgoing.ts';
import { type BoxContext, StateBox } from './state-box.tsx';
import { wireKey } from './wire-paths.ts';
import { Wires } from './wires.tsx';
import './chart.css';

interface Props {
  readonly chart: ChartDefinition;
  /** The leaf state that the session is in; `null` before it started. */
  readonly current: string | null;
  /** Whether that is where it is now; otherwise where it was. */
  readonly isPresent: boolean;
  /** The state before the current one. */
  readonly from: string | null;
  /** Branches that led to the current state. */
  readonly lastMove: readonly string[];
  /** These, and what was handled since without leaving. */
  readonly lastTaken: ReadonlySet<string>;
  readonly selected: string | null;
  readonly onSelect: (name: string | null) => void;
}

const NOTHING = { byTarget: new Map<string, readonly Branch[]>(), staying: [] };

/** The statechart: every state, every transition as a line, and in words those out of the current or selected state. */
export const Chart = memo(function Chart({
  chart,
  current,
  isPresent,
  from,
  lastMove,
  lastTaken,
  selected,
  onSelect,
}: Props) {
  const frame = useRef<HTMLUListElement>(null);
  const [pointed, setPointed] = useState<Branch | null>(null);
  const room = useMemo(() => mostArrivals(chart), [chart]);
  const shown = selected ?? current;
  const { byTarget, staying } = useMemo(() => (shown === null ? NOTHING : outgoing(chart, shown)), [chart, shown]);

  const taken = lastMove.flatMap((id) => chart.branch(id) ?? []);
  const sourceOf = (state: string | null) => (branch: Branch) =>
    wireOf(branch, state === null ? null : (lineage(chart, state).at(-1)?.name ?? null));
  const context: BoxContext = {
    states: chart.states,
    active: new Set(current === null ? [] : lineage(chart, current).map(({ name }) => name)),
    current,
    isPresent,
    shown,
    selected,
    arrivals: byTarget,
    room,
    lastTaken,
    onSelect: (name) => onSelect(name === selected || name === current ? null : name),
    onPoint: setPointed,
  };

  useEffect(() => {
    if (selected === null) return;
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && onSelect(null);
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [selected, onSelect]);

  return (
    <div className={selected === null ? 'chart' : 'chart selecting'}>
      <Caption chart={chart} current={current} selected={selected} taken={taken} onBack={() => onSelect(null)} />
      <ul className="states" ref={frame}>
        {topLevel(chart).map((state) => (
          <StateBox key={state.name} state={state} context={context} />
        ))}
        <li className="wires-layer" aria-hidden="true">
          <Wires
            chart={chart}
            frame={frame}
            lit={new Set([...byTarget.values()].flat().map(sourceOf(shown)))}
            taken={new Set(selected === null ? taken.map(sourceOf(from)) : [])}
            pointed={pointed === null ? null : sourceOf(shown)(pointed)}
          />
        </li>
      </ul>
      <details className="staying">
        <summary>Handled without leaving this state ({staying.length})</summary>
        <BranchLines
          key={shown}
          branches={staying}
          label={`Handled in ${shown} without leaving it`}
          lastTaken={lastTaken}
          onPoint={setPointed}
        />
      </details>
    </div>
  );
});

/** What holds in every state is drawn from the outermost state that it is taken from. */
const wireOf = ({ source, target }: Branch, outermost: string | null) =>
  wireKey(source === ANYWHERE ? (outermost ?? '') : source, target ?? source);
