import { useId, useState } from 'react';
import { Scroll } from '../ui/scroll.tsx';
import type { Branch, ChartDefinition } from './definition.ts';
import { outgoing } from './outgoing.ts';
import './table.css';

interface Props {
  readonly chart: ChartDefinition;
  /** The state whose transitions come first to mind: the selected or the current one. */
  readonly shown: string | null;
  readonly lastTaken: ReadonlySet<string>;
}

/** Every transition in words: what the drawing shows, and what it has no room for. */
export function TransitionTable({ chart, shown, lastTaken }: Props) {
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
          placeholder="event, state, guard, action"
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
              <tr
                key={branch.id}
                className={[now.has(branch.id) && 'possible', lastTaken.has(branch.id) && 'was-taken']
                  .filter(Boolean)
                  .join(' ')}
              >
                <th scope="row">{branch.source}</th>
                <td>
                  <b>{branch.event}</b>
                </td>
                <td>{branch.guard ?? (branch.isOtherwise ? 'else' : '')}</td>
                <td>{branch.target ?? <span className="stays">stays</span>}</td>
                <td>{branch.description}</td>
                <td className="actions">{branch.actions.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

function fits({ source, event, guard, target, description, actions }: Branch, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [source, event, guard ?? '', target ?? '', description, ...actions].some((part) =>
    part.toLowerCase().includes(wanted),
  );
}
