import { type ReactNode, useMemo, useState } from 'react';
import { Chart } from '../chart/chart.tsx';
import type { ChartDefinition } from '../chart/definition.ts';
import { TransitionTable } from '../chart/table.tsx';
import type { TraceView } from '../trace/entry.ts';
import { Sequence } from '../trace/sequence.tsx';
import { Timeline } from '../trace/timeline.tsx';
import { Panel } from '../ui/panel.tsx';

interface Props {
  /** Which session it is. */
  readonly id: string;
  readonly chart: ChartDefinition;
  readonly trace: TraceView;
  readonly onClear?: () => void;
  /** Beside the chart. */
  readonly side: ReactNode;
}

/** A session that is watched and not acted on: the drawing, what was said, and every transition. */
export function RecordedView({ id, chart, trace, onClear, side }: Props) {
  const { state, entries, lastMove, lastStay } = trace;
  const [selection, setSelection] = useState<{ readonly id: string; readonly state: string | null } | null>(null);
  const selected = selection?.id === id ? selection.state : null;
  const lastTaken = useMemo(() => new Set([...lastMove, ...lastStay]), [lastMove, lastStay]);
  return (
    <main>
      <Panel title="Statechart" name="chart-panel" quiet>
        <div id="chart" tabIndex={-1}>
          <Chart
            chart={chart}
            current={state}
            lastMove={lastMove}
            lastTaken={lastTaken}
            selected={selected}
            onSelect={(name) => setSelection({ id, state: name })}
          />
        </div>
      </Panel>
      <div className="side">{side}</div>
      <Panel title="Timeline" name="timeline-panel">
        <Timeline entries={entries} {...(onClear !== undefined && { onClear })} />
      </Panel>
      <Panel title="Sequence" name="sequence-panel">
        <Sequence entries={entries} />
      </Panel>
      <Panel title="Every transition" name="table-panel">
        <TransitionTable chart={chart} shown={selected ?? state} lastTaken={lastTaken} />
      </Panel>
    </main>
  );
}
