import type { CSSProperties } from 'react';
import { BranchLines } from './branch-lines.tsx';
import type { Branch, ChartState } from './definition.ts';

/** What every box of the chart needs to know. */
export interface BoxContext {
  readonly states: ReadonlyMap<string, ChartState>;
  /** The current leaf state and the states around it. */
  readonly active: ReadonlySet<string>;
  readonly current: string | null;
  /** `false` for a moment of the past. */
  readonly isPresent: boolean;
  /** Whose transitions are shown: the selected state, otherwise the current one. */
  readonly shown: string | null;
  readonly selected: string | null;
  readonly arrivals: ReadonlyMap<string, readonly Branch[]>;
  readonly room: ReadonlyMap<string, number>;
  readonly lastTaken: ReadonlySet<string>;
  readonly onSelect: (name: string) => void;
  readonly onPoint: (branch: Branch | null) => void;
}

/** Lines that a box keeps free for its description. */
const LEAST_LINES = 2;

/** A state: its name and, as far as one can get there from the shown state, how; otherwise what it means. */
export function StateBox({ state, context }: { readonly state: ChartState; readonly context: BoxContext }) {
  const { name, key, children } = state;
  const { states, active, current, isPresent, shown, selected, arrivals, room, lastTaken, onSelect, onPoint } = context;
  const isLeaf = children.length === 0;
  const incoming = arrivals.get(name) ?? [];
  const classes = [
    'state',
    isLeaf ? 'leaf' : 'region',
    state.isChoice && 'choice',
    !isLeaf && room.has(name) && 'entered',
    active.has(name) && 'active',
    name === current && 'current',
    name === shown && name !== current && 'shown',
    incoming.length > 0 && 'reachable',
  ];
  const lines = Math.max(room.get(name) ?? 0, state.isChoice ? 1 : LEAST_LINES);
  return (
    <li
      className={classes.filter(Boolean).join(' ')}
      data-state={name}
      data-obstacle={isLeaf || undefined}
      style={{ '--lines': lines } as CSSProperties}
    >
      <div className="state-head" data-obstacle={!isLeaf || undefined}>
        {isLeaf ? (
          <button
            type="button"
            className="state-name"
            aria-pressed={name === selected}
            aria-current={name === current ? 'true' : undefined}
            title={state.isChoice ? `${state.description} A choice: it is left at once.` : state.description}
            onClick={() => onSelect(name)}
          >
            {key}
          </button>
        ) : (
          <span className="state-name" title={state.description}>
            {key}
          </span>
        )}
        {name === current && <span className="now">{isPresent ? 'now' : 'then'}</span>}
        <div className="state-slot">
          {incoming.length > 0 ? (
            <BranchLines
              key={shown}
              branches={incoming}
              label={name === shown ? `From ${name} into itself` : `From ${shown} to ${name}`}
              lastTaken={lastTaken}
              onPoint={onPoint}
            />
          ) : (
            <p className={(isLeaf && !state.isChoice) || room.has(name) ? undefined : 'unseen'}>{state.description}</p>
          )}
        </div>
      </div>
      {!isLeaf && (
        <ul className="substates">
          {children.map((child) => {
            const substate = states.get(child);
            return substate && <StateBox key={child} state={substate} context={context} />;
          })}
        </ul>
      )}
    </li>
  );
}
