import { BranchName } from './branch-lines.tsx';
import type { Branch, ChartDefinition } from './definition.ts';

interface Props {
  readonly chart: ChartDefinition;
  readonly current: string | null;
  readonly selected: string | null;
  /** The branches by which it came there, in order. */
  readonly taken: readonly Branch[];
  readonly onBack: () => void;
}

/** Above the chart: where the session is, and how it came there; or which other state is looked at. */
export function Caption({ chart, current, selected, taken, onBack }: Props) {
  const shown = chart.states.get(selected ?? current ?? '');
  const why = taken.map(({ description }) => description).join(' ');
  return (
    <div className="caption">
      {/* New text is a new element: one that only grew would push its neighbours aside. */}
      <p className="caption-state" key={`state ${shown?.name}`}>
        <strong>{shown?.name ?? 'not started'}</strong>
        <span>{shown?.description ?? 'The session begins with a restore or a login.'}</span>
      </p>
      {selected !== null ? (
        <p className="caption-last">
          <span>Selected; the session is in {current ?? 'no state yet'}.</span>
          <button type="button" className="link" onClick={onBack}>
            Back to the session
          </button>
        </p>
      ) : (
        <p className="caption-last" key={`last ${taken[0]?.id}`}>
          {taken[0] === undefined ? (
            <span>No transition has been taken yet.</span>
          ) : (
            <>
              <span className="last-mark">last</span>
              <span>
                {taken[0].source || 'any state'} · <BranchName branch={taken[0]} /> → {taken.at(-1)?.target ?? 'stays'}
              </span>
            </>
          )}
        </p>
      )}
      {selected === null && taken[0] !== undefined && (
        <p className="caption-why" key={`why ${taken[0].id}`} title={why}>
          <span>{why}</span>
        </p>
      )}
    </div>
  );
}
