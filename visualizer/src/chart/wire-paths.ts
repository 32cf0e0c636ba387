import { ANYWHERE, type ChartDefinition, topLevel } from './definition.ts';
import { roundedPath } from './geometry.ts';
import { type Room, routeWires, type Wire } from './router.ts';

const CORNER_RADIUS = 9;
/** Those of the pages and clients that a user goes back and forth between. */
const MOST_ROOMS = 8;

/** One wire for everything that leads from one state to another. */
export const wireKey = (source: string, target: string): string => `${source}>${target}`;

export interface WirePath {
  readonly key: string;
  /** As SVG has it. */
  readonly path: string;
}

const known = new WeakMap<ChartDefinition, Map<string, readonly WirePath[]>>();

/** The lines of a chart between boxes in a room. A room that was there before is not searched again. */
export function wirePaths(chart: ChartDefinition, room: Room): readonly WirePath[] {
  const rooms = known.get(chart) ?? new Map<string, readonly WirePath[]>();
  known.set(chart, rooms);
  const name = JSON.stringify([room.width, room.height, [...room.boxes], room.obstacles]);
  const paths = rooms.get(name) ?? findPaths(chart, room);
  // The room that was left longest ago comes first.
  rooms.delete(name);
  rooms.set(name, paths);
  for (const oldest of [...rooms.keys()].slice(0, -MOST_ROOMS)) rooms.delete(oldest);
  return paths;
}

function findPaths(chart: ChartDefinition, room: Room): readonly WirePath[] {
  const wires = allWires(chart);
  const routes = routeWires(room, wires);
  return wires.flatMap((wire) => {
    const route = routes.get(wire);
    return route === undefined
      ? []
      : [{ key: wireKey(wire.source, wire.target), path: roundedPath(route, CORNER_RADIUS) }];
  });
}

function allWires(chart: ChartDefinition): readonly Wire[] {
  const wires = new Map<string, Wire>();
  for (const { source, target } of chart.branches) {
    const sources = source === ANYWHERE ? topLevel(chart).map(({ name }) => name) : [source];
    for (const name of sources) {
      // Within the state that it is taken from there is nothing to draw.
      const isInside = source === ANYWHERE && target?.startsWith(`${name}.`);
      if (target !== null && target !== name && !isInside) wires.set(wireKey(name, target), { source: name, target });
    }
  }
  return [...wires.values()];
}
