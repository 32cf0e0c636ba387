import { leafOf } from '../../../src/testing/paths.ts';
import type { ModelState } from './model-state.ts';
import type { CoverPath, PathStep } from './path-cover.ts';

/*
 * Names for paths, made of the words of states and event cases:
 * `connected → loses the socket → waiting → the network returns → connected`.
 */

/** The name of a path with so many events lists them all; a longer path's name lists its states. */
const TELLABLE_STEPS = 16;

export function nameOf({ start, steps }: CoverPath): string {
  const story = steps.length > TELLABLE_STEPS ? statesOf(start, steps) : eventsOf(start, steps);
  return story.join(' → ');
}

function eventsOf(start: ModelState, steps: readonly PathStep[]): string[] {
  let state = stateWords(start);
  const words = [state];
  for (const step of steps) {
    if (!isFirstStart(step)) words.push(step.case.words);
    const next = stateWords(step.after);
    if (next !== state) words.push(next);
    state = next;
  }
  return words;
}

/** A start of an actor is in the name when it is a restart. */
function isFirstStart({ case: { type }, before: { work } }: PathStep): boolean {
  return (type === 'client.started' && !work.hasClient) || (type === 'persistence.started' && !work.hasPersistence);
}

function statesOf(start: ModelState, steps: readonly PathStep[]): string[] {
  const states = [start, ...steps.map(({ after }) => after)].map(stateWords);
  return [...states.filter((state, index) => state !== states[index - 1]), `(${steps.length} steps)`];
}

/** The innermost state in words; one that is entered by default goes by the name of what is around it. */
function stateWords({ snapshot }: ModelState): string {
  const names = leafOf(snapshot).split('.');
  const [outer = '', inner] = names;
  const isDefault = inner === undefined || snapshot.machine.root.states[outer]?.initial?.target[0]?.key === inner;
  return (isDefault ? outer : inner).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Numbers names that occur more than once. */
export function unique(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
