import { Fragment, memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { readAddress, writeAddress } from '../ui/address.ts';
import { type Readable, useStore } from '../ui/store.ts';
import { WindowedList } from '../ui/windowed-list.tsx';
import { AttemptBars } from './attempt-bars.tsx';
import { SEPARATOR } from './describe.ts';
import { type Entry, type EntryKind, KINDS, LANE_NAMES, type LogView } from './entry.ts';
import { clockTime, since } from './format.ts';
import './trace.css';

interface Props {
  readonly log: Readable<LogView>;
  readonly selected: number | null;
  /** `null` goes back to the newest. */
  readonly onSelect: (id: number | null) => void;
  /** Empties the list; without it, the list is what it is. */
  readonly onClear?: (() => void) | undefined;
}

const KIND_NAMES: Readonly<Record<EntryKind, string>> = {
  command: 'commands',
  fact: 'facts',
  timer: 'timers',
  device: 'device',
  state: 'states',
  wire: 'wire',
};

const ROW_PX = 24;
/** A silence that is worth a mark. */
const GAP_MS = 30_000;

interface Row {
  readonly id: number;
  readonly entry: Entry;
  readonly sinceMs: number;
}

/** What happened, with its times. ←/→ step through it, space pauses, / searches. */
export const Timeline = memo(function Timeline({ log, selected, onSelect, onClear }: Props) {
  const [hidden, setHidden] = useState<ReadonlySet<EntryKind>>(() => new Set(['wire']));
  const [text, setText] = useState(() => readAddress('find') ?? '');
  const [onlyFailures, setOnlyFailures] = useState(() => readAddress('only') === 'failures');
  const search = useRef<HTMLInputElement>(null);
  const { entries, dropped } = useStore(log);
  const shownOf = useCallback(
    (all: readonly Entry[]) => {
      const wanted = text.trim().toLowerCase();
      return all.filter(
        (entry) =>
          !hidden.has(entry.kind) &&
          (!onlyFailures || entry.isFailure) &&
          (wanted === '' || `${entry.name} ${entry.detail}`.toLowerCase().includes(wanted)),
      );
    },
    [hidden, text, onlyFailures],
  );
  const rows = useMemo(
    () =>
      shownOf(entries).map((entry, index, shown): Row => {
        const before = shown[index - 1];
        return { id: entry.id, entry, sinceMs: before === undefined ? 0 : entry.atMs - before.atMs };
      }),
    [entries, shownOf],
  );
  // The list is drawn a little later than the chart: what is newest is read when a person pauses.
  const pause = useCallback(() => onSelect(shownOf(log.get().entries).at(-1)?.id ?? null), [log, shownOf, onSelect]);

  useEffect(() => {
    writeAddress('find', text === '' ? null : text);
    writeAddress('only', onlyFailures ? 'failures' : null);
  }, [text, onlyFailures]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '/') search.current?.focus();
      else if (event.key === ' ' && !isOperated(event)) selected === null ? pause() : onSelect(null);
      else if (event.key === 'Escape' && selected !== null) onSelect(null);
      else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
        const shown = shownOf(log.get().entries);
        const at = selected === null ? shown.length : shown.findIndex(({ id }) => id === selected);
        const next = shown[Math.max(0, at + (event.key === 'ArrowLeft' ? -1 : 1))];
        onSelect(next?.id ?? null);
      } else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [log, shownOf, pause, selected, onSelect]);

  function toggle(kind: EntryKind) {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    setHidden(next);
  }

  const droppedCounts = Object.entries(dropped).map(([kind, count]) => `${count} ${kind}`);
  return (
    <>
      <div className="filters">
        <input
          ref={search}
          type="search"
          aria-label="Search the timeline"
          placeholder="Search"
          title="Press /"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <button
          type="button"
          className="kind"
          aria-pressed={onlyFailures}
          onClick={() => setOnlyFailures(!onlyFailures)}
        >
          only failures
        </button>
        <details className="kinds">
          <summary>Show</summary>
          <fieldset>
            <legend className="unseen">Kinds that are shown</legend>
            {KINDS.map((kind) => (
              <label key={kind} className="check">
                <input type="checkbox" checked={!hidden.has(kind)} onChange={() => toggle(kind)} /> {KIND_NAMES[kind]}
              </label>
            ))}
          </fieldset>
        </details>
        <button
          type="button"
          aria-pressed={selected !== null}
          title="Space; then ← and → step through what happened"
          disabled={rows.length === 0}
          onClick={selected === null ? pause : () => onSelect(null)}
        >
          {selected === null ? 'Pause' : 'Back to live'}
        </button>
        {onClear !== undefined && (
          <button type="button" className="link" onClick={onClear}>
            Clear
          </button>
        )}
      </div>
      <AttemptBars entries={entries} selected={selected} onSelect={onSelect} />
      {droppedCounts.length > 0 && <p className="dropped">{droppedCounts.join(', ')} entries dropped</p>}
      <WindowedList
        rows={rows}
        rowHeight={ROW_PX}
        label="Timeline entries"
        className="timeline"
        selected={selected}
        onSelect={onSelect}
        rowClass={({ entry, sinceMs }) =>
          `of-${entry.kind}${entry.isFailure ? ' failure' : ''}${sinceMs >= GAP_MS ? ' after-gap' : ''}`
        }
        render={(row) => <TimelineRow row={row} />}
        empty={entries.length === 0 ? 'Nothing has happened yet.' : 'Nothing matches.'}
      />
    </>
  );
});

const TimelineRow = memo(
  ({ row: { entry, sinceMs } }: { readonly row: Row }) => {
    const { atMs, kind, from, to, name, detail } = entry;
    return (
      <>
        <span className="time">{clockTime(atMs)}</span>
        <span className="since">{since(sinceMs)}</span>
        <span className="what" title={`${name} ${detail}`}>
          <span className="unseen">
            {kind} from {LANE_NAMES[from]} to {LANE_NAMES[to]}:{' '}
          </span>
          <b>{name}</b> <Detail text={detail} />
        </span>
      </>
    );
  },
  (a, b) => a.row.entry === b.row.entry && a.row.sinceMs === b.row.sinceMs,
);

/** Each part by itself: a name that runs from right to left must not reorder its neighbours. */
function Detail({ text }: { readonly text: string }) {
  return (
    <span className="detail">
      {text.split(SEPARATOR).map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts are known by nothing but their order
        <Fragment key={index}>
          {index > 0 && SEPARATOR}
          <bdi>{part}</bdi>
        </Fragment>
      ))}
    </span>
  );
}

const isTyping = ({ target }: KeyboardEvent) =>
  target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);

/** A button or a fold takes the space bar itself. */
const isOperated = ({ target }: KeyboardEvent) =>
  target instanceof HTMLElement && /^(BUTTON|SUMMARY|A|LABEL)$/.test(target.tagName);
