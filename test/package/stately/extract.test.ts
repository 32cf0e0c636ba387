import { expect, it } from 'vitest';
import { extractMachines } from './extract.ts';

const source = `
  import { setup } from 'xstate';
  const base = setup({ types: {} as { context: { attempt: number } } });
  export const machine = base.extend({ guards: { isCurrent: () => true } }).extend({ actions: { openSocket } }).createMachine({
    id: 'session',
    description: 'A session.',
    initial: 'out',
    entry: 'announce',
    states: {
      out: {
        description: 'No one is here.',
        tags: ['quiet'],
        on: { connect: [{ guard: 'isCurrent', target: 'in', actions: ['openSocket'], description: 'Goes in.' }, { target: '#session.out' }] },
      },
      in: { initial: 'deep', exit: [{ type: 'close', params: { code: 1000 } }], states: { deep: {} } },
    },
  });
`;

it("reads a machine made by `setup`, extended, in the eyes of Stately's own parser", () => {
  const [machine] = extractMachines(source);
  expect(machine).toMatchObject({ description: 'A session.', initial: 'out', entry: ['announce'] });
  expect(machine?.states.out).toMatchObject({ description: 'No one is here.', tags: ['quiet'] });
  expect(machine?.states.out?.transitions).toEqual({
    connect: [
      { targets: ['in'], guard: 'isCurrent', actions: ['openSocket'], description: 'Goes in.' },
      { targets: ['#session.out'], guard: undefined, actions: [], description: undefined },
    ],
  });
  expect(machine?.states.in).toMatchObject({ exit: ['close'], states: { deep: { initial: undefined } } });
});

it('finds no machine where there is none', () => {
  expect(extractMachines('export const x = 1;')).toEqual([]);
});
