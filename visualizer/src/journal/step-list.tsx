import { memo, useMemo } from 'react';
import type { Replay } from '../../../src/index.ts';
import { describeEvent } from '../trace/describe.ts';
import { WindowedList } from '../ui/windowed-list.tsx';

interface Props {
  readonly replay: Replay;
  readonly at: number;
  readonly onStep: (at: number) => void;
}

type Step = Replay['steps'][number];

const ROW_PX = 24;

/** Every step of a journal, the one that is looked at among them. */
export function StepList({ replay: { steps }, at, onStep }: Props) {
  const rows = useMemo(() => steps.map((step) => ({ id: step.index + 1, step })), [steps]);
  return (
    <WindowedList
      rows={rows}
      rowHeight={ROW_PX}
      label="Steps of the journal"
      className="step-list"
      selected={at}
      onSelect={onStep}
      rowClass={({ step }) => `step${step.differences.length > 0 ? ' diverges' : ''}`}
      render={({ step }) => <StepRow step={step} />}
      empty="It has no steps."
    />
  );
}

const StepRow = memo(({ step: { index, recorded } }: { readonly step: Step }) => (
  <>
    <span className="step-number">{index + 1}</span>
    <b>{recorded.event.type}</b> <span className="step-detail">{describeEvent(recorded.event)}</span>
    <span className="step-state">{recorded.state}</span>
  </>
));
