import fc from 'fast-check';
import { sessionMachine } from '../../../src/machines/session.ts';
import type { SessionEvent } from '../../../src/machines/types.ts';
import { EVENT_CASES, type EventCase } from '../../../src/testing/event-cases.ts';
import {
  DEFAULT_INPUT,
  leafOf,
  type ModelState,
  nextSituation,
  startSituation,
} from '../../../src/testing/model-state.ts';
import { LawViolation } from '../../kit/oracles/black-box/law-violation.ts';
import { Observer } from '../../kit/oracles/laws/index.ts';

/*
 * Walks on the statechart alone, with actors that are only a ledger of what they owe: many more steps in the same time,
 * and facts that no real actor tells twice.
 */

/** Each number picks among what can happen; a negative one has the event before told once more. */
export const chartWalks = fc.array(fc.oneof({ weight: 12, arbitrary: fc.nat(9_999) }, fc.constant(-1)), {
  maxLength: 60,
  size: 'max',
});

/** Takes a walk, and throws the law that it breaks. Answers what happened. */
export function takeChartWalk(picks: readonly number[], machine = sessionMachine): readonly string[] {
  const observer = new Observer();
  const story: string[] = [];
  let situation: ModelState = startSituation(machine, DEFAULT_INPUT);
  let last: SessionEvent | null = null;
  const happen = (event: SessionEvent, name: string) => {
    story.push(name);
    const next = nextSituation(machine, situation, event);
    const [violation] = observer.observe(event, situation, next);
    situation = next;
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
    const cases = EVENT_CASES.filter(({ canHappen }) => canHappen(situation));
    const eventCase = cases[pick % cases.length];
    if (eventCase !== undefined) happen(eventCase.event(situation), eventCase.name);
  }
  for (let step = 0; isUnderWay(situation); step += 1) {
    const eventCase = goodCaseOf(situation);
    if (eventCase === undefined || step > MOST_GOOD_STEPS) {
      throw new LawViolation(`law 8: it comes back, but is ${leafOf(situation.snapshot)}, after ${story.join(' → ')}`);
    }
    happen(eventCase.event(situation), eventCase.name);
  }
  return story;
}

/** Answers carry a number, so they can be told twice; what the device or the app says again is another event. */
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

function goodCaseOf(situation: ModelState): EventCase | undefined {
  const byName = (name: string) => EVENT_CASES.find((eventCase) => eventCase.name === name);
  return GOOD_CASES.map(byName).find((eventCase) => {
    if (eventCase === undefined || !eventCase.canHappen(situation)) return false;
    const { hasClient, hasPersistence } = situation.ledger;
    switch (eventCase.name) {
      case 'client.started':
        return !hasClient;
      case 'persistence.started':
        return !hasPersistence;
      case 'session.resume':
        return situation.snapshot.matches({ connecting: 'suspended' });
      default:
        return true;
    }
  });
}
