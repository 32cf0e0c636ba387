import { useState } from 'react';
import { useAtEnd } from '../ui/at-end.ts';
import { Scroll } from '../ui/scroll.tsx';
import { type Entry, type EntryKind, KINDS, LANE_NAMES } from './entry.ts';
import './trace.css';

interface Props {
  readonly entries: readonly Entry[];
  /** Empties the list; without it, it is what it is. */
  readonly onClear?: () => void;
}

const KIND_NAMES: Readonly<Record<EntryKind, string>> = {
  command: 'commands',
  fact: 'facts',
  timer: 'timers',
  device: 'device',
  state: 'states',
  wire: 'wire',
};

/** Commands, facts and states with their times, in the order in which they came. */
export function Timeline({ entries, onClear }: Props) {
  const [hidden, setHidden] = useState<ReadonlySet<EntryKind>>(() => new Set(['wire']));
  const shown = entries.filter(({ kind }) => !hidden.has(kind));
  const list = useAtEnd<HTMLElement>(shown.at(-1)?.id ?? null);

  function toggle(kind: EntryKind) {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    setHidden(next);
  }

  return (
    <>
      <fieldset className="filters">
        <legend className="unseen">Kinds that are shown</legend>
        {KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            className="kind"
            aria-pressed={!hidden.has(kind)}
            onClick={() => toggle(kind)}
          >
            {KIND_NAMES[kind]}
          </button>
        ))}
        {onClear !== undefined && (
          <button type="button" className="link" onClick={onClear}>
            Clear
          </button>
        )}
      </fieldset>
      <Scroll label="Timeline entries" place={list}>
        <table className="timeline">
          <colgroup>
            <col />
            <col />
            <col />
          </colgroup>
          <thead className="unseen">
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Since the one before</th>
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((entry, index) => (
              <tr key={entry.id} className={`of-${entry.kind}`}>
                <td className="time">{clockTime(entry.atMs)}</td>
                <td className="since">{since(entry, shown[index - 1])}</td>
                <td>
                  <span className="unseen">
                    {entry.kind} from {LANE_NAMES[entry.from]} to {LANE_NAMES[entry.to]}:{' '}
                  </span>
                  <b>{entry.name}</b> <span className="detail">{entry.detail}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p className="empty">Nothing has happened yet.</p>}
      </Scroll>
    </>
  );
}

export function clockTime(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

function since(entry: Entry, before: Entry | undefined): string {
  if (before === undefined) return '';
  const ms = entry.atMs - before.atMs;
  if (ms < 1) return '';
  return ms < 1_000 ? `+${ms} ms` : `+${(ms / 1_000).toFixed(1)} s`;
}
