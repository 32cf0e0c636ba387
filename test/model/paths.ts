import { sessionMachine } from '../../src/machines/session.ts';
import { lifecyclePaths } from '../../src/testing/paths.ts';
import { branchesOf } from './explore/branches.ts';
import { EVENT_CASES } from './explore/event-cases.ts';
import { type ModelState, nextState, startState } from './explore/model-state.ts';
import type { PathStep } from './explore/path-cover.ts';
import type { ModelPath } from './explore/paths.ts';

const { of } = branchesOf(sessionMachine);
const caseOf = new Map(EVENT_CASES.map((eventCase) => [eventCase.name, eventCase]));

/** The paths of `sessionchart/testing`, with all that the model knows of them. Nothing is explored. */
export function modelPaths(options?: Parameters<typeof lifecyclePaths>[0]): ModelPath[] {
  return lifecyclePaths(options).map((path) => {
    const start = startState(sessionMachine, path.input);
    let before: ModelState = start;
    const events = path.events.map(({ name, event }): PathStep => {
      const eventCase = caseOf.get(name);
      if (eventCase === undefined) throw new Error(`There is no case ${name}: run npm run model -- --write.`);
      const after = nextState(sessionMachine, before, event);
      const step = { name, case: eventCase, event, branches: of(after.transitions), before, after };
      before = after;
      return step;
    });
    return { ...path, start, events };
  });
}
