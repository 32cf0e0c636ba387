import type { AnyStateMachine, AnyStateNode } from 'xstate';

/*
 * A statechart as a Mermaid state diagram, small enough to read: arrows between the same two boxes are merged, and those
 * that leave a composite state or enter one are drawn at its border. What only a full list can say (guards, actions,
 * targetless branches) is left out.
 */

interface Arrow {
  readonly from: AnyStateNode;
  readonly to: AnyStateNode;
  readonly events: Set<string>;
}

/** A Mermaid `stateDiagram-v2` of `machine`. */
export function toMermaid(machine: AnyStateMachine): string {
  const { root } = machine;
  const lines = ['stateDiagram-v2', ...drawRegion(root, arrowsOf(root))];
  return `${lines.join('\n')}\n`;
}

function drawRegion(parent: AnyStateNode, arrows: readonly Arrow[], depth = 1): string[] {
  const children = Object.values(parent.states);
  const inside = arrows.filter(({ from, to }) => from.parent === parent && to.parent === parent);
  const indent = '  '.repeat(depth);
  return [
    ...parent.initial.target.map((initial) => `${indent}[*] --> ${nameOf(initial)}`),
    ...children
      .filter((child) => Object.keys(child.states).length > 0)
      .flatMap((child) => [`${indent}state ${nameOf(child)} {`, ...drawRegion(child, arrows, depth + 1), `${indent}}`]),
    ...inside.map(({ from, to, events }) => `${indent}${nameOf(from)} --> ${nameOf(to)} : ${labelOf(events)}`),
  ];
}

/** Every change of state, lifted to the two boxes that have one parent; a state that only re-enters itself has none. */
function arrowsOf(root: AnyStateNode): readonly Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const source of descendants(root)) {
    for (const { eventType, target = [] } of [...source.transitions.values()].flat()) {
      for (const node of target) {
        const [from, to] = siblingsOf(source, node);
        if (from === undefined || to === undefined || from === to) continue;
        const key = `${from.id} ${to.id}`;
        const arrow = arrows.get(key) ?? { from, to, events: new Set() };
        arrows.set(key, arrow);
        arrow.events.add(eventType);
      }
    }
  }
  return [...arrows.values()];
}

function descendants(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...descendants(child)]);
}

/** The first pair on the two ways down from the root that differs. */
function siblingsOf(a: AnyStateNode, b: AnyStateNode): readonly [AnyStateNode | undefined, AnyStateNode | undefined] {
  const wayToA = wayTo(a);
  const wayToB = wayTo(b);
  const fork = wayToA.findIndex((node, depth) => node !== wayToB[depth]);
  return fork < 0 ? [undefined, undefined] : [wayToA[fork], wayToB[fork]];
}

function wayTo(node: AnyStateNode): AnyStateNode[] {
  return node.parent === undefined ? [] : [...wayTo(node.parent), node];
}

const nameOf = ({ path }: AnyStateNode): string => path.at(-1) ?? '';

const labelOf = (events: ReadonlySet<string>): string => [...events].join('<br/>');
