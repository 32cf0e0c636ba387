import type { Explanation } from '../../../src/index.ts';
import { Scroll } from '../ui/scroll.tsx';

/** Why the session is where it is, what comes next, and what would change it. Always open, in room of its own. */
export function ExplanationText({ explanation }: { readonly explanation: Explanation }) {
  const { where, why, next, changes } = explanation;
  return (
    <Scroll label="Explanation" className="explanation">
      {/* New text is a new element: one that only grew would push its neighbours aside. */}
      <div key={[where, why, next.length > 40 ? next.slice(0, 20) : next, changes.length].join()}>
        <p>{[where, why].filter(Boolean).join(' ')}</p>
        {next !== '' && <p className="explanation-next">{next}</p>}
        {changes.length > 0 && (
          <ul aria-label="What would change it">
            {changes.map(({ event, when, effect }) => (
              <li key={event}>
                If <b>{when}</b>: {effect.charAt(0).toLowerCase() + effect.slice(1)}
              </li>
            ))}
          </ul>
        )}
      </div>
    </Scroll>
  );
}
