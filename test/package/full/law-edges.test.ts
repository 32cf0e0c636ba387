import { expect, it } from 'vitest';
import { generatePaths } from '../../model/explore/paths.ts';
import { brokenAlong } from '../../property/mutants/law-walk.ts';

/** A node of the graph stands for all states that are like it, reached on a shortest path: what went before is longer here. */
it('the laws and the rules hold along paths that cover every edge', () => {
  expect(brokenAlong(generatePaths({ cover: 'edges' }))).toEqual([]);
});
