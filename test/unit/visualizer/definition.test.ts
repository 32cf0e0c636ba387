import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { sessionMachine } from '../../../src/index.ts';
import { toText } from '../../../src/inspect/frames.ts';
import { leaves, lineage, readDefinition, topLevel } from '../../../visualizer/src/chart/definition.ts';
import { mostArrivals, outgoing } from '../../../visualizer/src/chart/outgoing.ts';

const chart = readDefinition(sessionMachine);

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

  it('has every branch of every transition, of the root and of choice states too', () => {
    const all: [string, typeof sessionMachine.root][] = [['', sessionMachine.root], ...nodes()];
    const expected = all.flatMap(([name, node]) =>
      [...node.transitions, ['', node.always ?? []] as const].flatMap(([event, branches]) =>
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
    for (const { guard, description } of chart.branches) expect(description === '').toBe(guard === 'isStale');
    const choices = nodes().filter(([, { always }]) => (always ?? []).length > 0);
    expect([...chart.states.values()].filter(({ isChoice }) => isChoice).map(({ name }) => name)).toEqual(
      choices.map(([name]) => name),
    );
  });

  it('reads a machine made of the JSON of its configuration, as it comes from elsewhere', () => {
    const elsewhere = readDefinition(createMachine(JSON.parse(toText(sessionMachine.config))));
    expect([...elsewhere.states]).toEqual([...chart.states]);
    expect(elsewhere.branches).toEqual(chart.branches);
  });
});

describe('what can be taken from a state', () => {
  it.each(leaves(chart).map(({ name }) => name))(
    '%s: its own branches and its ancestors’, but none that never gets its turn',
    (name) => {
      const { byTarget, staying } = outgoing(chart, name);
      const listed = [...byTarget.values(), staying].flat();
      const choices = [...chart.states.values()].filter(({ isChoice }) => isChoice).map((state) => state.name);
      const sources = [...lineage(chart, name).map((state) => state.name), ''];
      const all = chart.branches.filter(({ source }) => sources.includes(source));
      const direct = listed.filter(({ source }) => !choices.includes(source));
      expect(all).toEqual(expect.arrayContaining(direct));
      // A choice on the way is drawn with all that it may lead to.
      for (const choice of choices.filter((each) => byTarget.has(each))) {
        expect(listed).toEqual(expect.arrayContaining(chart.branches.filter(({ source }) => source === choice)));
      }
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
