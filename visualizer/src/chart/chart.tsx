import { type CSSProperties, useEffect, useMemo, useRef, useState } from 'react';
import { BranchLines } from './branch-lines.tsx';
import { Caption } from './caption.tsx';
import { type Branch, type ChartDefinition, lineage, topLevel } from './definition.ts';
import { mostArrivals, mostStaying, outgoing } from './outgoing.ts';
import { type BoxContext, StateBox } from './state-box.tsx';
import { Wires, wireKey } from './wires.tsx';
import './chart.css';

interface Props {
  readonly chart: ChartDefinition;
  /** The leaf state that the session is in; `null` before it started. */
  readonly current: string | null;
  /** Branches of the transition that entered the current state. */
  readonly lastMove: readonly string[];
  /** These, and what was heard since without leaving. */
  readonly lastTaken: ReadonlySet<string>;
  readonly selected: string | null;
  readonly onSelect: (name: string | null) => void;
}

const NOTHING = { byTarget: new Map<string, readonly Branch[]>(), staying: [] };

/** The statechart: every state, every transition as a line, and in words those out of the current or selected state. */
export function Chart({ chart, current, lastMove, lastTaken, selected, onSelect }: Props) {
  const frame = useRef<HTMLUListElement>(null);
  const [pointed, setPointed] = useState<Branch | null>(null);
  const room = useMemo(() => mostArrivals(chart), [chart]);
  const stayingRoom = useMemo(() => mostStaying(chart), [chart]);
  const shown = selected ?? current;
  const { byTarget, staying } = useMemo(() => (shown === null ? NOTHING : outgoing(chart, shown)), [chart, shown]);
  const branches = useMemo(() => new Map(chart.branches.map((branch) => [branch.id, branch])), [chart]);

  const taken = branches.get(lastMove[0] ?? '') ?? null;
  const context: BoxContext = {
    states: chart.states,
    active: new Set(current === null ? [] : lineage(chart, current).map(({ name }) => name)),
    current,
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
            lit={new Set([...byTarget.values()].flat().map(wireOf))}
            taken={selected === null && taken !== null ? wireOf(taken) : null}
            pointed={pointed === null ? null : wireOf(pointed)}
          />
        </li>
      </ul>
      <section className="staying" aria-labelledby="staying-title" style={roomFor(stayingRoom)}>
        <h3 id="staying-title">{titleOf(shown, staying.length)}</h3>
        <BranchLines
          key={shown}
          branches={staying}
          label={`Heard in ${shown} without leaving it`}
          lastTaken={lastTaken}
          onPoint={setPointed}
        />
      </section>
    </div>
  );
}

const wireOf = ({ source, target }: Branch) => wireKey(source, target ?? source);

const roomFor = (branches: number) =>
  ({
    '--branches': branches,
    '--rows': Math.ceil(branches / 4),
    '--rows-of-two': Math.ceil(branches / 2),
  }) as CSSProperties;

function titleOf(shown: string | null, staying: number): string {
  if (shown === null) return 'Nothing runs yet';
  return staying === 0 ? 'Everything that is heard here leads on' : 'Heard here without leaving';
}
