import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';

interface Item {
  readonly id: number;
}

interface Props<Row extends Item> {
  readonly rows: readonly Row[];
  readonly rowHeight: number;
  readonly label: string;
  readonly className: string;
  readonly selected: number | null;
  readonly onSelect: (id: number) => void;
  /** What a row shows; memoised by the caller. */
  readonly render: (row: Row, index: number) => ReactNode;
  readonly rowClass: (row: Row) => string;
  /** Above the rows, in view as long as they are; it scrolls sideways with them. */
  readonly head?: ReactNode;
  readonly empty: string;
  readonly listRef?: Ref<{ focus(): void }>;
}

const OVERSCAN = 6;
const NEAR_PX = 40;

/**
 * A list of thousands of rows of which only those in view are in the page. It follows its end until a row is selected
 * or it is scrolled away; ↑ and ↓ move the selection.
 */
export function WindowedList<Row extends Item>(props: Props<Row>) {
  const { rows, rowHeight, label, className, selected, onSelect, render, rowClass, head, empty, listRef } = props;
  const place = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const isFollowing = useRef(true);
  isFollowing.current = selected === null;
  const [{ top, height }, setView] = useState({ top: 0, height: 400 });
  const id = useId();
  useImperativeHandle(listRef, () => ({ focus: () => place.current?.focus() }), []);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const onScroll = () => {
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
      look();
    };
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current && isFollowing.current) element.scrollTop = element.scrollHeight;
      look();
    });
    observer.observe(element);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', onScroll);
    };
  }, []);

  const lastId = rows.at(-1)?.id;
  // Before the browser reports a scroll of the longer list, which would count as scrolled away from its end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it scrolls because a row came, or the selection went
  useLayoutEffect(() => {
    const element = place.current;
    if (element !== null && isAtEnd.current && selected === null) element.scrollTop = element.scrollHeight;
  }, [lastId, rows.length, selected === null]);

  const selectedIndex = selected === null ? -1 : rows.findIndex((row) => row.id === selected);
  useEffect(() => {
    const element = place.current;
    if (element === null || selectedIndex < 0) return;
    const y = selectedIndex * rowHeight;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + rowHeight * 2 > element.scrollTop + element.clientHeight) {
      element.scrollTop = y + rowHeight * 2 - element.clientHeight;
    }
  }, [selectedIndex, rowHeight]);

  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + OVERSCAN);

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -rows.length, End: rows.length }[
      event.key
    ];
    if (step === undefined || rows.length === 0) return;
    event.preventDefault();
    const from = selectedIndex < 0 ? rows.length : selectedIndex;
    const next = rows[Math.min(rows.length - 1, Math.max(0, from + step))];
    if (next !== undefined) onSelect(next.id);
  }

  return (
    <div className="windowed">
      <div
        ref={place}
        className={`scroll ${className}`}
        role="listbox"
        tabIndex={0}
        aria-label={label}
        aria-activedescendant={selectedIndex < 0 ? undefined : `${id}${selected}`}
        onKeyDown={onKeyDown}
      >
        {head}
        <div className="rows" role="presentation" style={{ height: rows.length * rowHeight }}>
          {rows.slice(first, last).map((row, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys of its options
            <div
              key={row.id}
              id={`${id}${row.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={row.id === selected}
              aria-posinset={first + index + 1}
              aria-setsize={rows.length}
              className={`row ${rowClass(row)}`}
              style={{ transform: `translateY(${(first + index) * rowHeight}px)`, height: rowHeight }}
              onClick={() => onSelect(row.id)}
            >
              {render(row, first + index)}
            </div>
          ))}
        </div>
        {rows.length === 0 && <p className="empty">{empty}</p>}
      </div>
    </div>
  );
}
