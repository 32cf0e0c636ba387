import { expect, it } from 'vitest';
import { lifecycleGraph } from './explore/paths.ts';
import { temporalBreaches } from './temporal.ts';

it('the laws of whole lives hold on the statechart', () => {
  expect(temporalBreaches(lifecycleGraph())).toEqual([]);
});
