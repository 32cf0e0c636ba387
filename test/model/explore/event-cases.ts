import { CLIENT_FACTS } from './cases/client-facts.ts';
import { COMMANDS } from './cases/commands.ts';
import type { EventCase, EventType } from './cases/event-case.ts';
import { OUTER_FACTS } from './cases/outer-facts.ts';
import { PERSISTENCE_FACTS } from './cases/persistence-facts.ts';
import type { ModelState } from './model-state.ts';

export type { EventCase } from './cases/event-case.ts';

/** What comes by itself, in the same turn, so that nothing else can come before it. */
function atOnce({ snapshot, work }: ModelState): EventType | null {
  // The actors announce themselves as soon as the session starts, one right after the other.
  if (!work.hasClient) return 'client.started';
  if (!work.hasPersistence) return 'persistence.started';
  if (work.closing !== null && !work.isSocketThere) return 'socket.closed';
  if (work.load !== null && snapshot.context.identity?.kind === 'anonymous') return 'token.loaded';
  return null;
}

function withLock(eventCase: EventCase): EventCase {
  const { type, canHappen } = eventCase;
  return {
    ...eventCase,
    canHappen: (state) => {
      const first = atOnce(state);
      return first === null ? canHappen(state) : type === first && eventCase.late === undefined;
    },
  };
}

/** Everything that can happen to a session, relative to where it is. */
export const EVENT_CASES: readonly EventCase[] = [
  ...COMMANDS,
  ...CLIENT_FACTS,
  ...PERSISTENCE_FACTS,
  ...OUTER_FACTS,
].map(withLock);

/** Every event type that has a case; the model check fails when the statechart names another. */
export const EVENT_TYPES: readonly EventType[] = [...new Set(EVENT_CASES.map(({ type }) => type))];
