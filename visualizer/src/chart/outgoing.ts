import { ANYWHERE, type Branch, type ChartDefinition, leaves, lineage } from './definition.ts';

/** What can happen in one state, by where it leads. */
export interface Outgoing {
  /** Target to branches, a re-entered state itself included, and those of a choice state on the way. */
  readonly byTarget: ReadonlyMap<string, readonly Branch[]>;
  /** Branches that leave the session where it is. */
  readonly staying: readonly Branch[];
}

/**
 * Everything that can be taken from `name`: its own branches, those of its ancestors and those that hold everywhere,
 * without the ones that never get their turn because an unguarded branch further inside takes the event.
 */
export function outgoing(chart: ChartDefinition, name: string): Outgoing {
  const byTarget = new Map<string, Branch[]>();
  const staying: Branch[] = [];
  const taken = new Set<string>();
  const add = (branch: Branch) => {
    const { target } = branch;
    if (target === null) return staying.push(branch);
    const known = byTarget.get(target);
    if (known === undefined) byTarget.set(target, [branch]);
    else known.push(branch);
    if (known === undefined && chart.states.get(target)?.isChoice && target !== name) addAll(target);
    return known;
  };
  const addAll = (source: string) => {
    const own = chart.branches.filter((branch) => branch.source === source && !taken.has(branch.event));
    for (const branch of own) {
      if (branch.guard === null && branch.event !== '') taken.add(branch.event);
      add(branch);
    }
  };
  const sources = chart.states.get(name)?.isChoice
    ? [name]
    : [...lineage(chart, name).map((state) => state.name), ANYWHERE];
  for (const source of sources) addAll(source);
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
