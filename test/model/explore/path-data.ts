import type { Cover, PathData } from '../../../src/testing/paths.ts';
import { EVENT_CASES } from './event-cases.ts';
import { generatePaths, type ModelPath } from './paths.ts';

/*
 * What `sessionchart/testing` has of the paths: their events. It is committed because it is small (the states follow
 * from the statechart when a path is replayed), so neither a build nor a test explores the statechart first.
 */

export const PATH_DATA = 'src/testing/lifecycle-paths.json';

/** The content of the file. */
export function pathData(): string {
  const names = EVENT_CASES.map(({ name }) => name);
  /** Each event once. */
  const events = new Map<string, PathData['events'][number]>();
  const dataOf = ({ name, input, events: steps }: ModelPath) => ({
    name,
    restorable: input.restorable,
    steps: steps.map(({ name: caseName, event }) => {
      const text = `${caseName} ${JSON.stringify(event)}`;
      if (!events.has(text)) events.set(text, { name: names.indexOf(caseName), event });
      return [...events.keys()].indexOf(text);
    }),
  });
  const pathsOf = (cover: Cover) => generatePaths({ cover }).map(dataOf);
  const data: PathData = {
    paths: { transitions: pathsOf('transitions'), events: pathsOf('events') },
    names,
    events: [...events.values()],
  };
  return `${JSON.stringify(data)}\n`;
}
