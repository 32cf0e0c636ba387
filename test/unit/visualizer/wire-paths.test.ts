import { expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { readDefinition } from '../../../visualizer/src/chart/definition.ts';
import type { Rect } from '../../../visualizer/src/chart/geometry.ts';
import { wirePaths } from '../../../visualizer/src/chart/wire-paths.ts';

const machine = createMachine({
  initial: 'off',
  on: { break: '.broken' },
  states: { off: { on: { flip: 'on' } }, on: { on: { flip: 'off' } }, broken: {} },
});

/** Three boxes in a row, each `width` wide. */
function roomOf(width: number) {
  const boxes = new Map(
    ['off', 'on', 'broken'].map((name, index): [string, Rect] => {
      const left = 40 + index * (width + 40);
      return [name, { left, top: 40, right: left + width, bottom: 100 }];
    }),
  );
  return { width: 40 + 3 * (width + 40), height: 140, boxes, obstacles: [...boxes.values()] };
}

it('there is a wire from each state to every other that it leads to', () => {
  const keys = wirePaths(readDefinition(machine), roomOf(100)).map(({ key }) => key);
  expect(keys.sort()).toEqual(['off>broken', 'off>on', 'on>broken', 'on>off']);
});

it('a room that was left and is entered again has the same wires, without a search', () => {
  const chart = readDefinition(machine);
  const wide = wirePaths(chart, roomOf(200));
  const narrow = wirePaths(chart, roomOf(100));
  expect(narrow).not.toEqual(wide);
  expect(wirePaths(chart, roomOf(200))).toBe(wide);
  expect(wirePaths(chart, roomOf(100))).toBe(narrow);
  expect(wirePaths(readDefinition(machine), roomOf(100))).not.toBe(narrow);
});

it('of many rooms, as when a window is resized, the last ones are kept', () => {
  const chart = readDefinition(machine);
  const first = wirePaths(chart, roomOf(100));
  for (let width = 101; width < 120; width += 1) wirePaths(chart, roomOf(width));
  expect(wirePaths(chart, roomOf(119))).toBe(wirePaths(chart, roomOf(119)));
  const again = wirePaths(chart, roomOf(100));
  expect(again).not.toBe(first);
  expect(again).toEqual(first);
});
