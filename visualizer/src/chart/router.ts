import { crosses, isInside, type Point, type Rect, withoutMiddles } from './geometry.ts';
import { createQueue } from './queue.ts';

/*
 * Draws wires between boxes as horizontal and vertical lines that pass through no box.
 *
 * The lines may run where the gaps between the boxes have their middles, and straight out of and into the sides of the
 * boxes. From each source the cheapest ways are searched at once, so that they form a tree: what leaves a state together
 * stays together as long as it can. Wires leave and arrive at different places of a side.
 */

export interface Wire {
  readonly source: string;
  readonly target: string;
}

export interface Room {
  readonly width: number;
  readonly height: number;
  /** Sources and targets. */
  readonly boxes: ReadonlyMap<string, Rect>;
  /** What no wire may pass through: boxes without boxes inside, headings, … */
  readonly obstacles: readonly Rect[];
}

const isOutline = (rect: Rect, point: Point) =>
  isInside(rect, point, HUGGING_DISTANCE) && !isInside(rect, point, -HUGGING_DISTANCE);

const BEND_COST = 60;
/** Running along the border of a box is as bad as a way that is so many times longer. */
const HUGGING_FACTOR = 30;
const HUGGING_DISTANCE = 6;
const WIDEST_GAP = 48;
/** Lines nearer to each other than this are one. */
const LEAST_LINE_DISTANCE = 10;

type Direction = 0 | 1 | 2 | 3;
const STEPS: readonly (readonly [dx: number, dy: number])[] = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];
const DIRECTIONS: readonly Direction[] = [0, 1, 2, 3];

interface Port extends Point {
  /** Out of the box. */
  readonly direction: Direction;
}

/** Returns each wire's corners; a wire for which there is no way is left out. */
export function routeWires(room: Room, wires: readonly Wire[]): ReadonlyMap<Wire, readonly Point[]> {
  const grid = createGrid(room);
  const routes = new Map<Wire, readonly Point[]>();
  for (const source of new Set(wires.map((wire) => wire.source))) {
    const from = room.boxes.get(source);
    if (from === undefined) continue;
    const own = wires.filter((wire) => wire.source === source && room.boxes.has(wire.target));
    const targets = own.flatMap(({ target }) => room.boxes.get(target) ?? []);
    const ways = search(
      grid,
      ports(from, 'leaving'),
      targets.map((to) => ports(to, 'arriving')),
    );
    for (const [index, wire] of own.entries()) {
      const way = ways[index];
      if (way) routes.set(wire, withoutMiddles(way));
    }
  }
  return routes;
}

/** Where wires leave a box or arrive at it: two different places of each side. */
function ports({ left, top, right, bottom }: Rect, use: 'leaving' | 'arriving'): readonly Port[] {
  const share = use === 'leaving' ? 0.62 : 0.38;
  const x = Math.round(left + (right - left) * share);
  const y = Math.round(top + (bottom - top) * share);
  return [
    { x: right, y, direction: 0 },
    { x, y: bottom, direction: 1 },
    { x: left, y, direction: 2 },
    { x, y: top, direction: 3 },
  ];
}

interface Grid {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** The cost from a point to its neighbour in that direction, infinite when something is in between. */
  cost(column: number, row: number, direction: Direction): number;
}

function createGrid({ width, height, boxes, obstacles }: Room): Grid {
  const all = [...boxes.values()];
  const allPorts = all.flatMap((box) => [...ports(box, 'leaving'), ...ports(box, 'arriving')]);
  const xs = sorted([...together(middles(all, 'left', 'right', width)), ...allPorts.map(({ x }) => x)]);
  const ys = sorted([...together(middles(all, 'top', 'bottom', height)), ...allPorts.map(({ y }) => y)]);
  /** In order of the keys, NaN for what was not needed yet. */
  const costs = new Float64Array(xs.length * ys.length * 4).fill(Number.NaN);

  function measure(a: Point, b: Point): number {
    if (obstacles.some((rect) => crosses(rect, a, b))) return Number.POSITIVE_INFINITY;
    const length = Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    const hugs =
      obstacles.some((rect) => isInside(rect, middle, HUGGING_DISTANCE)) || all.some((box) => isOutline(box, middle));
    return hugs ? length * HUGGING_FACTOR : length;
  }

  return {
    xs,
    ys,
    cost(column, row, direction) {
      const key = (row * xs.length + column) * 4 + direction;
      const known = costs[key] ?? Number.NaN;
      if (!Number.isNaN(known)) return known;
      const [dx, dy] = STEPS[direction] ?? [0, 0];
      const a = pointAt(xs, ys, column, row);
      const b = pointAt(xs, ys, column + dx, row + dy);
      const cost = a === null || b === null ? Number.POSITIVE_INFINITY : measure(a, b);
      costs[key] = cost;
      return cost;
    },
  };
}

/** The middles of the gaps next to the boxes, up to the next box or the edge of the room. */
function middles(boxes: readonly Rect[], low: 'left' | 'top', high: 'right' | 'bottom', end: number): number[] {
  return boxes.flatMap((box) => {
    const before = Math.max(0, ...boxes.map((other) => other[high]).filter((edge) => edge <= box[low]));
    const after = Math.min(end, ...boxes.map((other) => other[low]).filter((edge) => edge >= box[high]));
    return [
      box[low] - Math.min(box[low] - before, WIDEST_GAP) / 2,
      box[high] + Math.min(after - box[high], WIDEST_GAP) / 2,
    ];
  });
}

/** One line, in the middle, for lines that are near to each other. */
function together(values: readonly number[]): number[] {
  const groups: number[][] = [];
  for (const value of sorted(values)) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && value - group[0] < LEAST_LINE_DISTANCE) group.push(value);
    else groups.push([value]);
  }
  return groups.map((group) => group.reduce((sum, value) => sum + value, 0) / group.length);
}

const sorted = (values: readonly number[]) => [...new Set(values.map(Math.round))].sort((a, b) => a - b);

function pointAt(xs: readonly number[], ys: readonly number[], column: number, row: number): Point | null {
  const x = xs[column];
  const y = ys[row];
  return x === undefined || y === undefined ? null : { x, y };
}

/** What has no place before it: the start of a way. */
const NOWHERE = -1;

/** Returns the cheapest way from any of the ports to each of the targets, `null` where there is none. */
function search(
  grid: Grid,
  from: readonly Port[],
  targets: readonly (readonly Port[])[],
): readonly (readonly Point[] | null)[] {
  const { xs, ys } = grid;
  const columns = xs.length;
  const keyOf = (column: number, row: number, direction: Direction) => (row * columns + column) * 4 + direction;
  const locate = ({ x, y, direction }: Port, turned = direction) => keyOf(xs.indexOf(x), ys.indexOf(y), turned);
  const size = columns * ys.length * 4;
  const costs = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const cameFrom = new Int32Array(size).fill(NOWHERE);
  const isDone = new Uint8Array(size);
  const costOf = (key: number) => costs[key] ?? Number.POSITIVE_INFINITY;
  const queue = createQueue();
  const starts = new Set(from.map((port) => locate(port)));
  const ends = targets.map((to) => to.map((port) => locate(port, opposite(port.direction))));
  const unreached = new Set(ends);
  /** What the way to the farthest target costs: whatever costs more is of no use once all are reached. */
  let farthest = 0;

  function offer(key: number, cost: number, origin: number): void {
    if (cost >= costOf(key)) return;
    costs[key] = cost;
    cameFrom[key] = origin;
    queue.put(key, cost);
  }

  for (const port of from) offer(locate(port), 0, NOWHERE);
  for (let key = queue.take(); key !== null; key = queue.take()) {
    // Put again when a cheaper way was found, and looked at then.
    if (isDone[key] === 1) continue;
    isDone[key] = 1;
    const cost = costOf(key);
    for (const end of unreached) {
      if (!end.includes(key)) continue;
      unreached.delete(end);
      farthest = cost;
    }
    if (unreached.size === 0 && cost > farthest) break;
    const direction = (key % 4) as Direction;
    const point = (key - direction) / 4;
    const column = point % columns;
    const row = (point - column) / columns;
    for (const next of DIRECTIONS) {
      if (next === opposite(direction) || (next !== direction && starts.has(key))) continue;
      const [dx, dy] = STEPS[next] ?? [0, 0];
      const step = grid.cost(column, row, next) + (next === direction ? 0 : BEND_COST);
      if (Number.isFinite(step)) offer(keyOf(column + dx, row + dy, next), cost + step, key);
    }
  }

  return ends.map((end) => {
    const [best] = end.filter((key) => Number.isFinite(costOf(key))).sort((a, b) => costOf(a) - costOf(b));
    if (best === undefined) return null;
    const points: Point[] = [];
    for (let key = best; key !== NOWHERE; key = cameFrom[key] ?? NOWHERE) {
      const point = Math.floor(key / 4);
      points.unshift({ x: xs[point % columns] ?? 0, y: ys[Math.floor(point / columns)] ?? 0 });
    }
    return points;
  });
}

const opposite = (direction: Direction): Direction => ((direction + 2) % 4) as Direction;
