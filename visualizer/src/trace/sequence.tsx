import { useAtEnd } from '../ui/at-end.ts';
import { Scroll } from '../ui/scroll.tsx';
import { type Entry, LANE_NAMES, LANES } from './entry.ts';
import { clockTime } from './timeline.tsx';

/** Who says what to whom, as a sequence diagram: one column each, time runs down. */
export function Sequence({ entries }: { readonly entries: readonly Entry[] }) {
  const list = useAtEnd<HTMLElement>(entries.at(-1)?.id ?? null);
  return (
    <Scroll label="Sequence of messages" place={list}>
      <div className="lanes" aria-hidden="true">
        {LANES.map((lane) => (
          <span key={lane}>{LANE_NAMES[lane]}</span>
        ))}
      </div>
      <ol className="sequence">
        {entries.map((entry) => (
          <Message key={entry.id} entry={entry} />
        ))}
      </ol>
      {entries.length === 0 && <p className="empty">Nobody has said anything yet.</p>}
    </Scroll>
  );
}

function Message({ entry }: { readonly entry: Entry }) {
  const { kind, from, to, name, detail, atMs } = entry;
  const start = LANES.indexOf(from);
  const end = LANES.indexOf(to);
  const title = `${clockTime(atMs)} ${name} ${detail}`;
  if (kind === 'state') {
    return (
      <li className="message of-state" title={title}>
        <span style={{ gridColumn: start + 1 }}>{name}</span>
      </li>
    );
  }
  const direction = start === end ? 'self' : start < end ? 'right' : 'left';
  // An arrow runs from the middle of one column to the middle of another: half a column is two of ten.
  const first = Math.min(start, end);
  const last = Math.max(start, end);
  const column = direction === 'self' ? `${start * 2 + 2} / span 3` : `${first * 2 + 2} / ${last * 2 + 2}`;
  return (
    <li className={`message of-${kind}`} title={title}>
      <span className={`arrow ${direction}`} style={{ gridColumn: column }}>
        <span className="unseen">
          {LANE_NAMES[from]} to {LANE_NAMES[to]}:{' '}
        </span>
        <span className="message-name">{name}</span>
      </span>
    </li>
  );
}
