import type { AnyStateMachine, AnyStateNode } from 'xstate';

/*
 * A statechart as a Mermaid state diagram, small enough to read: arrows between the same two boxes are merged, and those
 * that leave a composite state or enter one are drawn at its border. What only a full list can say (guards, actions,
 * targetless branches) is left out.
 */

/** A Mermaid `stateDiagram-v2` of `machine`. */
export function toMermaid({ root }: AnyStateMachine): string {
  const events = new Map<string, Set<string>>();
  for (const source of descendants(root)) {
    for (const { eventType, target = [] } of [...source.transitions.values()].flat()) {
      for (const node of target) {
        // Lifted to the two boxes that have one parent; a state that only re-enters itself has no arrow.
        const fork = source.path.findIndex((key, depth) => key !== node.path[depth]);
        const [from, to] = [source.path[fork], node.path[fork]];
        if (from === undefined || to === undefined) continue;
        const key = `${source.path.slice(0, fork).join('.')} ${from} --> ${to}`;
        events.set(key, (events.get(key) ?? new Set()).add(eventType));
      }
    }
  }
  return `${['stateDiagram-v2', ...drawRegion(root, events)].join('\n')}\n`;
}

function drawRegion(parent: AnyStateNode, events: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const prefix = `${parent.path.join('.')} `;
  return [
    ...parent.initial.target.map(({ key }) => `[*] --> ${key}`),
    ...Object.values(parent.states)
      .filter((child) => Object.keys(child.states).length > 0)
      .flatMap((child) => [`state ${child.key} {`, ...drawRegion(child, events), '}']),
    ...[...events]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, types]) => `${key.slice(prefix.length)} : ${[...types].join('<br/>')}`),
  ].map((line) => `  ${line}`);
}

function descendants(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...descendants(child)]);
}
