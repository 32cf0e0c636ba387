import type { Branch } from './definition.ts';

interface Props {
  readonly branches: readonly Branch[];
  /** Names the list for those who do not see where it stands. */
  readonly label: string;
  readonly lastTaken: ReadonlySet<string>;
  readonly onPoint: (branch: Branch | null) => void;
}

/** Transitions as lines of text: the event, and under which condition. */
export function BranchLines({ branches, label, lastTaken, onPoint }: Props) {
  return (
    <ul className="branch-lines" aria-label={label}>
      {branches.map((branch) => (
        <li
          key={branch.id}
          data-branch={branch.id}
          className={classesOf(branch, lastTaken)}
          title={`${nameOf(branch)}: ${branch.description}`}
          onPointerEnter={() => onPoint(branch)}
          onPointerLeave={() => onPoint(null)}
        >
          <BranchName branch={branch} />
        </li>
      ))}
    </ul>
  );
}

const nameOf = ({ event, guard }: Branch) => [event, guard && `[${guard}]`].filter(Boolean).join(' ');

export function BranchName({ branch: { source, event, guard, isOtherwise } }: { readonly branch: Branch }) {
  return (
    <>
      {event === '' ? <span className="via">via {source.split('.').at(-1)}</span> : <b>{event}</b>}
      {guard !== null && <span className="guard"> [{guard}]</span>}
      {isOtherwise && <span className="guard"> [else]</span>}
    </>
  );
}

function classesOf({ id, source, target }: Branch, lastTaken: ReadonlySet<string>): string {
  return [source === target && 'again', lastTaken.has(id) && 'was-taken'].filter(Boolean).join(' ');
}
