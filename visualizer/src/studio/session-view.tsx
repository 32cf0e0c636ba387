import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Chart } from '../chart/chart.tsx';
import type { ChartDefinition } from '../chart/definition.ts';
import { TransitionTable } from '../chart/table.tsx';
import { addressOf, type LogView, type Position, positionAt } from '../trace/entry.ts';
import { EntryDetails } from '../trace/entry-details.tsx';
import { Sequence } from '../trace/sequence.tsx';
import { Timeline } from '../trace/timeline.tsx';
import { readAddress, writeAddress } from '../ui/address.ts';
import { Fold } from '../ui/fold.tsx';
import { Panel } from '../ui/panel.tsx';
import { type Readable, useStore } from '../ui/store.ts';

interface Props {
  /** Which session it is: another one is shown from its present. */
  readonly id: string;
  readonly chart: ChartDefinition;
  readonly position: Readable<Position>;
  readonly log: Readable<LogView>;
  readonly onClear?: () => void;
  /** Whether it is over, so that its last state is no present one. Default: false. */
  readonly isOver?: boolean;
  /** Next to the chart. */
  readonly side: ReactNode;
  /** Below it. */
  readonly children?: ReactNode;
}

/**
 * A session as a drawing, in words and over time. Each part follows what it shows by itself: a message on the wire
 * draws no chart anew. With an entry selected, the page shows the session as it was right after it.
 */
export function SessionView({ id, chart, position, log, onClear, isOver = false, side, children }: Props) {
  const [choice, setChoice] = useState<Choice>(() => ({ id, entryId: null, selected: stateInAddress(chart) }));
  const { entryId, selected } = choice.id === id ? choice : { entryId: null, selected: null };
  const select = useCallback(
    (next: number | null) => {
      setChoice((now) => ({ ...now, id, entryId: next }));
      const entry = log.get().entries.find((each) => each.id === next);
      writeAddress('entry', entry === undefined ? null : addressOf(entry));
    },
    [id, log],
  );
  useEntryInAddress(log, select);
  const setSelected = useCallback(
    (name: string | null) => {
      setChoice((now) => ({ ...now, id, selected: name }));
      writeAddress('state', name);
    },
    [id],
  );
  const shared = { chart, position, log, entryId, selected, isPresent: !isOver && entryId === null };
  return (
    <main className={entryId === null ? undefined : 'paused'}>
      <Panel title="Statechart" name="chart-panel" quiet>
        <div id="chart" tabIndex={-1}>
          <LiveChart {...shared} onSelect={setSelected} />
        </div>
      </Panel>
      <div className="side">
        {entryId !== null && <LiveDetails log={log} id={entryId} chart={chart} onClose={() => select(null)} />}
        {side}
      </div>
      <Panel title="Timeline" name="timeline-panel">
        <Timeline log={log} selected={entryId} onSelect={select} onClear={onClear} />
      </Panel>
      {children}
      <Fold title="Sequence" name="sequence-panel">
        <LiveSequence log={log} selected={entryId} onSelect={select} />
      </Fold>
      <Fold title="Every transition" name="table-panel">
        <LiveTable {...shared} />
      </Fold>
    </main>
  );
}

/** Selects the entry that the address named when the page was opened, as soon as it is there. */
function useEntryInAddress(log: Readable<LogView>, select: (id: number) => void): void {
  const wanted = useRef(readAddress('entry'));
  useEffect(() => {
    const look = () => {
      const found = log.get().entries.find((entry) => addressOf(entry) === wanted.current);
      if (found === undefined) return;
      wanted.current = null;
      select(found.id);
    };
    look();
    return log.subscribe(look);
  }, [log, select]);
}

function stateInAddress({ states }: ChartDefinition): string | null {
  const name = readAddress('state');
  return name !== null && states.has(name) ? name : null;
}

interface Choice {
  readonly id: string;
  /** The entry of the timeline that is looked at. */
  readonly entryId: number | null;
  /** The state of the chart that is looked at. */
  readonly selected: string | null;
}

interface Shared {
  readonly chart: ChartDefinition;
  readonly position: Readable<Position>;
  readonly log: Readable<LogView>;
  readonly entryId: number | null;
  readonly selected: string | null;
  readonly isPresent: boolean;
}

function useMoment({ position, log, entryId }: Shared): Position & { readonly lastTaken: ReadonlySet<string> } {
  const present = useStore(position);
  const shown = useMemo(
    () => (entryId === null ? present : positionAt(log.get().entries, entryId)),
    [present, log, entryId],
  );
  return useMemo(() => ({ ...shown, lastTaken: new Set([...shown.lastMove, ...shown.lastStay]) }), [shown]);
}

function LiveChart({ onSelect, ...shared }: Shared & { readonly onSelect: (name: string | null) => void }) {
  const { state, from, lastMove, lastTaken } = useMoment(shared);
  const { chart, selected, isPresent } = shared;
  return (
    <Chart
      chart={chart}
      current={state}
      isPresent={isPresent}
      from={from}
      lastMove={lastMove}
      lastTaken={lastTaken}
      selected={selected}
      onSelect={onSelect}
    />
  );
}

function LiveTable(shared: Shared) {
  const { state, lastTaken } = useMoment(shared);
  return <TransitionTable chart={shared.chart} shown={shared.selected ?? state} lastTaken={lastTaken} />;
}

interface Listed {
  readonly log: Readable<LogView>;
  readonly selected: number | null;
  readonly onSelect: (id: number | null) => void;
}

function LiveSequence({ log, selected, onSelect }: Listed) {
  return <Sequence log={useStore(log)} selected={selected} onSelect={onSelect} />;
}

function LiveDetails({
  log,
  id,
  chart,
  onClose,
}: {
  readonly log: Readable<LogView>;
  readonly id: number;
  readonly chart: ChartDefinition;
  readonly onClose: () => void;
}) {
  // On a narrow page the details lie over its lower half: what they explain has to be in the upper one.
  useEffect(() => {
    if (matchMedia('(max-width: 1199px)').matches)
      document.querySelector('.timeline-panel')?.scrollIntoView({ block: 'start' });
  }, []);
  return <EntryDetails entries={useStore(log).entries} id={id} chart={chart} onClose={onClose} />;
}
