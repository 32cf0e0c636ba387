import fc from 'fast-check';
import { sessionMachine } from '../../../src/machines/session.ts';
import type { SessionEvent } from '../../../src/machines/types.ts';
import { DEFAULT_INPUT, leafOf } from '../../../src/testing/paths.ts';
import { LawViolation } from '../../kit/oracles/black-box/law-violation.ts';
import { checkStep, NOTHING_OBSERVED } from '../../kit/oracles/laws/index.ts';
import { EVENT_CASES, type EventCase } from '../../model/explore/event-cases.ts';
import { type ModelState, nextState, startState } from '../../model/explore/model-state.ts';

/*
 * Walks on the statechart alone, with actors that are only what they have under way: many more steps in the same time,
 * and facts that no real actor reports twice.
 */

/** Each number picks among what can happen; a negative one has the event before it once more. */
export const chartWalks = fc.array(fc.oneof({ weight: 12, arbitrary: fc.nat(9_999) }, fc.constant(-1)), {
  maxLength: 60,
  size: 'max',
});

/** Takes a walk, and throws the law that it breaks. Returns what happened. */
export function takeChartWalk(picks: readonly number[], machine = sessionMachine): readonly string[] {
  let known = NOTHING_OBSERVED;
  const story: string[] = [];
  let state: ModelState = startState(machine, DEFAULT_INPUT);
  let last: SessionEvent | null = null;
  const happen = (event: SessionEvent, name: string) => {
    story.push(name);
    const next = nextState(machine, state, event);
    const checked = checkStep(known, event, state, next);
    const [violation] = checked.violations;
    [state, known] = [next, checked.known];
    last = event;
    if (violation !== undefined) {
      const { law, promise, breach } = violation;
      throw new LawViolation(`law ${law}: ${promise}, but ${breach}, after ${story.join(' → ')}`);
    }
  };
  for (const pick of picks) {
    if (pick < 0 && last !== null) {
      if (isFact(last)) happen(last, 'the same again');
      continue;
    }
    const cases = EVENT_CASES.filter(({ canHappen }) => canHappen(state));
    const eventCase = cases[pick % cases.length];
    if (eventCase !== undefined) happen(eventCase.event(state), eventCase.name);
  }
  for (let step = 0; isUnderWay(state); step += 1) {
    const eventCase = goodCaseOf(state);
    if (eventCase === undefined || step > MOST_GOOD_STEPS) {
      throw new LawViolation(`law 8: it comes back, but is ${leafOf(state.snapshot)}, after ${story.join(' → ')}`);
    }
    happen(eventCase.event(state), eventCase.name);
  }
  return story;
}

/** Replies carry a number, so they can be reported twice; what the device or the app reports again is another event. */
const isFact = (event: SessionEvent) => 'attempt' in event;

const MOST_GOOD_STEPS = 20;

const isUnderWay = ({ snapshot }: ModelState) => !snapshot.matches('connected') && !snapshot.matches('loggedOut');

/** What happens when every fault has stopped, the first that can. */
const GOOD_CASES: readonly string[] = [
  'client.started',
  'persistence.started',
  'user.cleared',
  'socket.closed',
  'user.missing',
  'token.loaded',
  'hello.received',
  'session.resume',
  'retry.due',
  'close.timedOut',
  'restore.timedOut',
];

function goodCaseOf(state: ModelState): EventCase | undefined {
  const byName = (name: string) => EVENT_CASES.find((eventCase) => eventCase.name === name);
  return GOOD_CASES.map(byName).find((eventCase) => {
    if (eventCase === undefined || !eventCase.canHappen(state)) return false;
    const { hasClient, hasPersistence } = state.work;
    switch (eventCase.name) {
      case 'client.started':
        return !hasClient;
      case 'persistence.started':
        return !hasPersistence;
      case 'session.resume':
        return state.snapshot.matches({ connecting: 'suspended' });
      default:
        return true;
    }
  });
}
