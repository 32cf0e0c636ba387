import { BranchName } from './branch-lines.tsx';
import type { Branch, ChartDefinition } from './definition.ts';

interface Props {
  readonly chart: ChartDefinition;
  readonly current: string | null;
  readonly selected: string | null;
  readonly taken: Branch | null;
  readonly onBack: () => void;
}

/** Above the chart: where the session is, and how it came there; or which other state is looked at. */
export function Caption({ chart, current, selected, taken, onBack }: Props) {
  const shown = chart.states.get(selected ?? current ?? '');
  return (
    <div className="caption">
      {/* New text is a new element: one that only grew would push its neighbours aside. */}
      <p className="caption-state" key={`state ${shown?.name}`}>
        <strong>{shown?.name ?? 'not started'}</strong>
        <span>{shown?.description ?? 'The session begins by a restore or a login.'}</span>
      </p>
      {selected !== null ? (
        <p className="caption-last">
          <span>Selected; the session is in {current ?? 'no state yet'}.</span>
          <button type="button" className="link" onClick={onBack}>
            Back to the session
          </button>
        </p>
      ) : (
        <p className="caption-last" key={`last ${taken?.id}`}>
          {taken === null ? (
            <span>No transition was taken yet.</span>
          ) : (
            <>
              <span className="last-mark">last</span>
              <span>
                {taken.source} · <BranchName branch={taken} />
                {taken.target === null ? '' : ` → ${taken.target}`}
              </span>
              <span className="caption-why">{taken.description}</span>
            </>
          )}
        </p>
      )}
    </div>
  );
}
