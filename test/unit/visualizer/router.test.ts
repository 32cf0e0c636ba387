import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crosses, type Point, type Rect, roundedPath } from '../../../visualizer/src/chart/geometry.ts';
import { type Room, routeWires } from '../../../visualizer/src/chart/router.ts';

const GAP = 36;

/** Boxes in rows and columns, as a page lays them out: of different sizes, with gaps between. */
function roomOf(sizes: readonly (readonly [width: number, height: number])[], columns: number): Room {
  const boxes = new Map<string, Rect>();
  let top = GAP;
  for (let row = 0; row * columns < sizes.length; row++) {
    let left = GAP;
    const inRow = sizes.slice(row * columns, (row + 1) * columns);
    for (const [index, [width, height]] of inRow.entries()) {
      boxes.set(String(row * columns + index), { left, top, right: left + width, bottom: top + height });
      left += 200 + GAP;
    }
    top += 120 + GAP;
  }
  return { width: columns * (200 + GAP) + GAP, height: top, boxes, obstacles: [...boxes.values()] };
}

const segments = (route: readonly Point[]) =>
  route.slice(1).map((point, index): [Point, Point] => [route[index] ?? point, point]);

const isOnBorder = ({ left, top, right, bottom }: Rect, { x, y }: Point) =>
  ((x === left || x === right) && y >= top && y <= bottom) || ((y === top || y === bottom) && x >= left && x <= right);

const rooms = fc
  .record({
    columns: fc.integer({ min: 1, max: 4 }),
    sizes: fc.array(fc.tuple(fc.integer({ min: 60, max: 200 }), fc.integer({ min: 40, max: 120 })), {
      minLength: 2,
      maxLength: 9,
    }),
  })
  .map(({ sizes, columns }) => roomOf(sizes, columns));

describe('wires between boxes', () => {
  it('every wire is found, runs straight or square, from border to border, and through no box', () => {
    fc.assert(
      fc.property(rooms, (room) => {
        const names = [...room.boxes.keys()];
        const wires = names.flatMap((source) =>
          names.filter((target) => target !== source).map((target) => ({ source, target })),
        );
        const routes = routeWires(room, wires);
        for (const wire of wires) {
          const route = routes.get(wire) ?? [];
          const [from, to] = [room.boxes.get(wire.source), room.boxes.get(wire.target)];
          expect(route.length).toBeGreaterThan(1);
          expect(from && route[0] && isOnBorder(from, route[0])).toBe(true);
          expect(to && isOnBorder(to, route.at(-1) ?? { x: -1, y: -1 })).toBe(true);
          for (const [a, b] of segments(route)) {
            expect(a.x === b.x || a.y === b.y).toBe(true);
            expect(room.obstacles.filter((rect) => crosses(rect, a, b))).toEqual([]);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('what leaves a box together stays together: neighbours on one way share its beginning', () => {
    const room = roomOf(
      [
        [200, 120],
        [200, 120],
        [200, 120],
        [200, 120],
      ],
      1,
    );
    const [near, far] = [
      { source: '0', target: '2' },
      { source: '0', target: '3' },
    ];
    const routes = routeWires(room, [near, far]);
    expect(routes.get(far)?.slice(0, 2)).toEqual(routes.get(near)?.slice(0, 2));
  });

  it('a wire of a box that is not there is left out', () => {
    expect(routeWires(roomOf([[100, 50]], 1), [{ source: '0', target: 'nowhere' }]).size).toBe(0);
  });
});

describe('a path', () => {
  it('is rounded at its corners, and never by more than half of what is there', () => {
    const corner = [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 10, y: 100 },
    ];
    expect(roundedPath(corner, 9)).toBe('M0 0L5 0Q10 0 10 5L10 100');
    expect(roundedPath([], 9)).toBe('');
  });
});
