import { memo, useId, useState } from 'react';
import { Scroll } from '../ui/scroll.tsx';
import type { Branch, ChartDefinition } from './definition.ts';
import { outgoing } from './outgoing.ts';
import './table.css';

interface Props {
  readonly chart: ChartDefinition;
  /** The selected or the current state, whose transitions are marked. */
  readonly shown: string | null;
  readonly lastTaken: ReadonlySet<string>;
}

/** Every transition in words: what the drawing shows, and what it has no room for. */
export const TransitionTable = memo(function TransitionTable({ chart, shown, lastTaken }: Props) {
  const [text, setText] = useState('');
  const [onlyShown, setOnlyShown] = useState(false);
  const inputId = useId();
  const possible = shown === null ? null : outgoing(chart, shown);
  const now = new Set([...(possible?.byTarget.values() ?? []), possible?.staying ?? []].flat().map(({ id }) => id));
  const rows = chart.branches.filter((branch) => (!onlyShown || now.has(branch.id)) && fits(branch, text));
  return (
    <>
      <div className="filters">
        <output>
          {rows.length} of {chart.branches.length}
        </output>
        <label htmlFor={inputId}>Find</label>
        <input
          id={inputId}
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="Find a transition"
        />
        <label className="check">
          <input
            type="checkbox"
            checked={onlyShown}
            disabled={shown === null}
            onChange={(event) => setOnlyShown(event.target.checked)}
          />{' '}
          only out of {shown ?? 'the current state'}
        </label>
      </div>
      <Scroll label="Transitions" className="transitions">
        <table>
          <thead>
            <tr>
              <th scope="col">In</th>
              <th scope="col">Event</th>
              <th scope="col">If</th>
              <th scope="col">Goes to</th>
              <th scope="col">Meaning</th>
              <th scope="col">Actions</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((branch) => (
              <BranchRow
                key={branch.id}
                branch={branch}
                className={[now.has(branch.id) && 'possible', lastTaken.has(branch.id) && 'was-taken']
                  .filter(Boolean)
                  .join(' ')}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
});

const BranchRow = memo(({ branch, className }: { readonly branch: Branch; readonly className: string }) => (
  <tr className={className}>
    <th scope="row">{branch.source || 'any state'}</th>
    <td>{branch.event === '' ? <i>choice</i> : <b>{branch.event}</b>}</td>
    <td>{branch.guard ?? (branch.isOtherwise ? 'else' : '')}</td>
    <td>{branch.target ?? <span className="stays">stays</span>}</td>
    <td>{branch.description || <span className="stays">Dropped: it changes nothing.</span>}</td>
    <td className="actions">{branch.actions.join(', ')}</td>
  </tr>
));

function fits({ source, event, guard, target, description, actions }: Branch, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [source, event, guard ?? '', target ?? '', description, ...actions].some((part) =>
    part.toLowerCase().includes(wanted),
  );
}
