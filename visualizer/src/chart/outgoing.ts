import { type Branch, type ChartDefinition, leaves, lineage } from './definition.ts';

/** What can happen in one state, by where it leads. */
export interface Outgoing {
  /** Target to branches, a re-entered state itself included. */
  readonly byTarget: ReadonlyMap<string, readonly Branch[]>;
  /** Branches that leave the session where it is. */
  readonly staying: readonly Branch[];
}

/**
 * Everything that can be taken from `name`: its own branches and those of its ancestors, without the ones that never get
 * their turn because an unguarded branch further inside takes the event.
 */
export function outgoing(chart: ChartDefinition, name: string): Outgoing {
  const byTarget = new Map<string, Branch[]>();
  const staying: Branch[] = [];
  const taken = new Set<string>();
  for (const { name: source } of lineage(chart, name)) {
    const own = chart.branches.filter((branch) => branch.source === source && !taken.has(branch.event));
    for (const branch of own) {
      if (branch.guard === null) taken.add(branch.event);
      if (branch.target === null) staying.push(branch);
      else byTarget.set(branch.target, [...(byTarget.get(branch.target) ?? []), branch]);
    }
  }
  return { byTarget, staying };
}

/** For each state: how many branches lead to it at most from any one state. So much room it needs, whatever happens. */
export function mostArrivals(chart: ChartDefinition): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const { name } of leaves(chart)) {
    for (const [target, branches] of outgoing(chart, name).byTarget) {
      most.set(target, Math.max(most.get(target) ?? 0, branches.length));
    }
  }
  return most;
}

/** The most branches that stay in any one state. */
export const mostStaying = (chart: ChartDefinition): number =>
  Math.max(...leaves(chart).map(({ name }) => outgoing(chart, name).staying.length));
