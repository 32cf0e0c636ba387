import { describe, expect, it } from 'vitest';
import { sessionMachine } from '../../../src/index.ts';
import { leaves, lineage, readDefinition, topLevel } from '../../../visualizer/src/chart/definition.ts';
import { mostArrivals, outgoing } from '../../../visualizer/src/chart/outgoing.ts';

const chart = readDefinition(sessionMachine.definition);

/** The machine's own nodes, by the names that the chart has for them. */
function nodes(node = sessionMachine.root): [string, typeof sessionMachine.root][] {
  return Object.values(node.states).flatMap((child) => [[child.path.join('.'), child], ...nodes(child)]);
}

describe('the chart that is drawn is the machine that runs', () => {
  it('has its states, in their hierarchy and with their descriptions', () => {
    expect([...chart.states.keys()]).toEqual(nodes().map(([name]) => name));
    for (const [name, node] of nodes()) {
      expect(chart.states.get(name)).toMatchObject({
        key: node.key,
        description: node.description,
        parent: node.path.slice(0, -1).join('.') || null,
        children: Object.values(node.states).map((child) => child.path.join('.')),
      });
    }
    expect(topLevel(chart).map(({ name }) => name)).toEqual(Object.keys(sessionMachine.states));
  });

  it('has every branch of every transition, with guard, target, actions and description', () => {
    const expected = nodes().flatMap(([name, node]) =>
      [...node.transitions].flatMap(([event, branches]) =>
        branches.map(({ guard, target, actions, description }, index) => ({
          id: `${name}/${event}/${index}`,
          source: name,
          event,
          guard: guard ?? null,
          isOtherwise: guard === undefined && index > 0,
          target: target?.[0]?.path.join('.') ?? null,
          actions: [...actions],
          description: description ?? '',
        })),
      ),
    );
    expect(chart.branches).toEqual(expected);
    const dropping = ['isStale', 'isStaleRecord'];
    for (const { guard, description } of chart.branches)
      expect(description === '').toBe(dropping.includes(guard ?? ''));
  });

  it('reads the definition as JSON too, as it comes from elsewhere', () => {
    expect(readDefinition(JSON.parse(JSON.stringify(sessionMachine.definition)))).toEqual(chart);
  });
});

describe('what can be taken from a state', () => {
  it.each(leaves(chart).map(({ name }) => name))(
    '%s: its own branches and its ancestors’, but none that never gets its turn',
    (name) => {
      const { byTarget, staying } = outgoing(chart, name);
      const listed = [...byTarget.values(), staying].flat();
      const sources = lineage(chart, name).map((state) => state.name);
      const all = chart.branches.filter(({ source }) => sources.includes(source));
      expect(all).toEqual(expect.arrayContaining(listed));
      for (const branch of all.filter((other) => !listed.includes(other))) {
        const inside = sources.slice(0, sources.indexOf(branch.source));
        const shadow = all.find(
          ({ source, event, guard }) => inside.includes(source) && event === branch.event && guard === null,
        );
        expect(shadow, `${branch.id} is left out`).toBeDefined();
      }
    },
  );

  it('leads to re-entered states too, and keeps what stays apart', () => {
    const { byTarget, staying } = outgoing(chart, 'connecting.waiting');
    expect(byTarget.get('connecting.waiting')?.map(({ event }) => event)).toContain('session.retryNow');
    expect(staying.every(({ target }) => target === null)).toBe(true);
  });

  it('a state has room for the most that ever leads to it', () => {
    const room = mostArrivals(chart);
    for (const { name } of leaves(chart)) {
      for (const [target, branches] of outgoing(chart, name).byTarget) {
        expect(room.get(target)).toBeGreaterThanOrEqual(branches.length);
      }
    }
  });
});
