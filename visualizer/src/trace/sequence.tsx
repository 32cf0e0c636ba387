import { memo } from 'react';
import { WindowedList } from '../ui/windowed-list.tsx';
import { type Entry, LANE_NAMES, LANES, type LogView } from './entry.ts';
import { clockTime } from './format.ts';

interface Props {
  readonly log: LogView;
  readonly selected: number | null;
  readonly onSelect: (id: number) => void;
}

/** Which part sends what to which, as a sequence diagram: one column each, time runs down. */
export const Sequence = memo(function Sequence({ log, selected, onSelect }: Props) {
  return (
    <WindowedList
      rows={log.entries}
      rowHeight={24}
      label="Sequence of messages"
      className="sequence"
      selected={selected}
      onSelect={onSelect}
      rowClass={({ kind }) => `message of-${kind}`}
      render={(entry) => <Message entry={entry} />}
      head={
        <div className="lanes" aria-hidden="true">
          {LANES.map((lane) => (
            <span key={lane}>{LANE_NAMES[lane]}</span>
          ))}
        </div>
      }
      empty="Nothing has been sent yet."
    />
  );
});

const Message = memo(({ entry }: { readonly entry: Entry }) => {
  const { kind, from, to, name, detail, atMs } = entry;
  const start = LANES.indexOf(from);
  const end = LANES.indexOf(to);
  const title = `${clockTime(atMs)} ${name} ${detail}`;
  if (kind === 'state') {
    return (
      <span className="lane-state" title={title} style={{ gridColumn: `${start * 2 + 1} / span 2` }}>
        {name}
      </span>
    );
  }
  const direction = start === end ? 'self' : start < end ? 'right' : 'left';
  // An arrow runs from the middle of one column to the middle of another: half a column is two of ten.
  const first = Math.min(start, end);
  const last = Math.max(start, end);
  const column = direction === 'self' ? `${start * 2 + 2} / span 3` : `${first * 2 + 2} / ${last * 2 + 2}`;
  return (
    <span className={`arrow ${direction}`} style={{ gridColumn: column }} title={title}>
      <span className="unseen">
        {LANE_NAMES[from]} to {LANE_NAMES[to]}:{' '}
      </span>
      <span className="message-name">{name}</span>
    </span>
  );
});
