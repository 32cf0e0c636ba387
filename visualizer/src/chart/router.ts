import { type Point, type Rect, withoutMiddles } from './geometry.ts';
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

const BEND_COST = 60;
/** Running along the border of a box is as bad as a way that is so many times longer. */
const HUGGING_FACTOR = 30;
const HUGGING_DISTANCE = 6;
const WIDEST_GAP = 48;
/** Lines nearer to each other than this are one. */
const LEAST_LINE_DISTANCE = 10;

/** To the right, down, to the left, up. */
type Direction = 0 | 1 | 2 | 3;
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
  /** What the step from a point to its neighbour costs, by direction: infinite where something is in between. */
  readonly steps: readonly Float64Array[];
}

function createGrid({ width, height, boxes, obstacles }: Room): Grid {
  const all = [...boxes.values()];
  const allPorts = all.flatMap((box) => [...ports(box, 'leaving'), ...ports(box, 'arriving')]);
  const xs = sorted([...together(middles(all, 'left', 'right', width)), ...allPorts.map(({ x }) => x)]);
  const ys = sorted([...together(middles(all, 'top', 'bottom', height)), ...allPorts.map(({ y }) => y)]);
  const right = stepCosts(xs, ys, all, obstacles);
  const down = transposed(stepCosts(ys, xs, all.map(mirrored), obstacles.map(mirrored)), ys.length, xs.length);
  return { xs, ys, steps: [right, down, shifted(right, 1), shifted(down, xs.length)] };
}

/** The costs of the steps along `xs`, row by row: a step is named by the point that it begins at. */
function stepCosts(
  xs: readonly number[],
  ys: readonly number[],
  boxes: readonly Rect[],
  obstacles: readonly Rect[],
): Float64Array {
  const lengths = xs.map((x, column) => (xs[column + 1] ?? Number.POSITIVE_INFINITY) - x);
  const ends = xs.map((x, column) => xs[column + 1] ?? x);
  const centers = xs.map((x, column) => (x + (ends[column] ?? x)) / 2);
  const costs = Float64Array.from({ length: xs.length * ys.length }, (_, point) => lengths[point % xs.length] ?? 0);

  /** Whether a step is in a rectangle with this margin is a matter of its column, and of its row. */
  function mark(rect: Rect, margin: number, within: Rect | null, set: (point: number, column: number) => void): void {
    for (const [row, y] of ys.entries()) {
      if (y <= rect.top - margin || y >= rect.bottom + margin) continue;
      const isRowWithin = within !== null && y > within.top && y < within.bottom;
      for (const [column, x] of centers.entries()) {
        if (x <= rect.left - margin || x >= rect.right + margin) continue;
        if (!(isRowWithin && x > within.left && x < within.right)) set(row * xs.length + column, column);
      }
    }
  }

  const hug = (point: number, column: number) => {
    costs[point] = (lengths[column] ?? 0) * HUGGING_FACTOR;
  };
  for (const rect of obstacles) mark(rect, HUGGING_DISTANCE, null, hug);
  for (const box of boxes) mark(box, HUGGING_DISTANCE, grown(box, -HUGGING_DISTANCE), hug);
  for (const { left, top, right, bottom } of obstacles) {
    for (const [row, y] of ys.entries()) {
      if (y <= top || y >= bottom) continue;
      for (const [column, x] of xs.entries()) {
        if ((ends[column] ?? x) > left && x < right) costs[row * xs.length + column] = Number.POSITIVE_INFINITY;
      }
    }
  }
  return costs;
}

const grown = ({ left, top, right, bottom }: Rect, by: number): Rect => ({
  left: left - by,
  top: top - by,
  right: right + by,
  bottom: bottom + by,
});

const mirrored = ({ left, top, right, bottom }: Rect): Rect => ({ left: top, top: left, right: bottom, bottom: right });

/** The other way round: rows as columns. */
const transposed = (costs: Float64Array, columns: number, rows: number) =>
  costs.map((_, index) => costs[(index % rows) * columns + Math.floor(index / rows)] ?? 0);

/** The same steps, named by the points that they end at. */
function shifted(costs: Float64Array, by: number): Float64Array {
  const shiftedCosts = new Float64Array(costs.length).fill(Number.POSITIVE_INFINITY);
  shiftedCosts.set(costs.subarray(0, costs.length - by), by);
  return shiftedCosts;
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

/** What a place is to a search. */
const START = 1;
const END = 2;

/** What has no place before it: the start of a way. */
const NOWHERE = -1;

/** Returns the cheapest way from any of the ports to each of the targets, `null` where there is none. */
function search(
  grid: Grid,
  from: readonly Port[],
  targets: readonly (readonly Port[])[],
): readonly (readonly Point[] | null)[] {
  const { xs, ys, steps } = grid;
  const columns = xs.length;
  const keyOf = (column: number, row: number, direction: Direction) => (row * columns + column) * 4 + direction;
  const locate = ({ x, y, direction }: Port, turned = direction) => keyOf(xs.indexOf(x), ys.indexOf(y), turned);
  const size = columns * ys.length * 4;
  const costs = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const cameFrom = new Int32Array(size).fill(NOWHERE);
  const isDone = new Uint8Array(size);
  const costOf = (key: number) => costs[key] ?? Number.POSITIVE_INFINITY;
  const queue = createQueue();
  const ends = targets.map((to) => to.map((port) => locate(port, opposite(port.direction))));
  const unreached = new Set(ends);
  const startsOrEnds = new Uint8Array(size);
  for (const port of from) startsOrEnds[locate(port)] = START;
  for (const key of ends.flat()) startsOrEnds[key] = (startsOrEnds[key] ?? 0) | END;
  const offsets = [1, columns, -1, -columns];
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
    const role = startsOrEnds[key] ?? 0;
    if (role >= END) {
      for (const end of unreached) {
        if (!end.includes(key)) continue;
        unreached.delete(end);
        farthest = cost;
      }
    }
    if (unreached.size === 0 && cost > farthest) break;
    const direction = key % 4;
    const point = (key - direction) / 4;
    for (const next of DIRECTIONS) {
      const isTurn = next !== direction;
      // Back, or at once around the corner of the box.
      if (isTurn && ((next ^ direction) === 2 || (role & START) !== 0)) continue;
      const step = steps[next]?.[point] ?? Number.POSITIVE_INFINITY;
      if (step === Number.POSITIVE_INFINITY) continue;
      offer((point + (offsets[next] ?? 0)) * 4 + next, cost + step + (isTurn ? BEND_COST : 0), key);
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
