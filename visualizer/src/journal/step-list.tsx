import { useEffect, useRef } from 'react';
import type { Replay } from '../../../src/index.ts';
import { describeEvent } from '../trace/describe.ts';
import { Scroll } from '../ui/scroll.tsx';

interface Props {
  readonly replay: Replay;
  readonly at: number;
  readonly onStep: (at: number) => void;
}

/** Every step of a journal, the one that is looked at among them. */
export function StepList({ replay: { steps }, at, onStep }: Props) {
  const current = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const line = current.current;
    const list = line?.closest<HTMLElement>('.step-list');
    if (at === 0 || line === null || list == null) return;
    // Not scrollIntoView: that would scroll the page, too.
    const top = line.offsetTop;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + line.offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = top + line.offsetHeight - list.clientHeight;
    }
  }, [at]);
  return (
    <Scroll label="Steps of the journal" className="step-list">
      <ol>
        {steps.map((step) => (
          <li
            key={step.index}
            ref={step.index + 1 === at ? current : undefined}
            className={[step.index + 1 === at && 'looked-at', step.differences.length > 0 && 'diverges']
              .filter(Boolean)
              .join(' ')}
          >
            <button
              type="button"
              aria-current={step.index + 1 === at ? 'step' : undefined}
              onClick={() => onStep(step.index + 1)}
            >
              <span className="step-number">{step.index + 1}</span>
              <b>{step.recorded.event.type}</b> <span>{describeEvent(step.recorded.event)}</span>
              <span className="step-state">{step.recorded.state}</span>
            </button>
          </li>
        ))}
      </ol>
    </Scroll>
  );
}
