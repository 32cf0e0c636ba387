import { expect } from 'vitest';
import { type TestFramework, testLifecycle } from '../../../src/testing/index.ts';
import { EVENT_CASES, type EventCase } from '../explore/event-cases.ts';
import type { PathStep } from '../explore/path-cover.ts';
import { generatePaths, type ModelPath } from '../explore/paths.ts';
import { modelPaths } from '../paths.ts';
import { BranchCoverage, dropsLateFacts } from '../real/branch-coverage.ts';
import { realSession } from '../real/sut.ts';
import { PROTOCOL_LAWS, protocolServer } from './backend.ts';
import type { RealProtocol } from './servers.ts';

/**
 * Tests transitions that a session of this protocol can take, and the laws, on the protocol's real server. The statechart
 * is explored for those paths that take every one of them; others end where the server lacks what they need.
 */
export function testProtocol(protocol: RealProtocol, framework: TestFramework, paths = generatedPaths(protocol)): void {
  const { describe, test } = framework;
  const { name, lacks } = protocol;
  const coverage = new BranchCoverage();
  const onPaths = new Set(
    paths.flatMap(({ events }) => events.flatMap(({ branches }) => branches.map(({ id }) => id))),
  );

  describe(`a session of ${name}`, () => {
    testLifecycle(realSession(protocolServer(protocol), coverage, PROTOCOL_LAWS), framework, paths);

    test('lacks only what there is, by name', async () => {
      const names = EVENT_CASES.map((eventCase) => eventCase.name);
      expect(names).toEqual(expect.arrayContaining(Object.keys(lacks)));
    });
  });

  describe(`all paths of ${name}`, () => {
    test('take every branch that they lead to', async () => {
      const missing = coverage.missing.filter((branch) => onPaths.has(branch.id) && !dropsLateFacts(branch));
      expect(missing.map(({ id }) => id)).toEqual([]);
      const steps = paths.reduce((sum, { events }) => sum + events.length, 0);
      // biome-ignore lint/suspicious/noConsole: the sums are for those who run the tests
      console.info(
        `${name}: ${paths.length} paths, ${steps} steps, ${coverage}; lacks ${Object.keys(lacks).length} cases`,
      );
    });
  });
}

/** Paths on which a session of this protocol takes every transition that it can take. */
const generatedPaths = (protocol: RealProtocol) => generatePaths({ cases: casesOf(protocol) });

/** The paths of `sessionchart/testing`, as far as a server of this protocol can follow. Nothing is explored. */
export function knownPaths(protocol: RealProtocol): ModelPath[] {
  const cases = new Map(casesOf(protocol).map((eventCase) => [eventCase.name, eventCase]));
  const isPossible = ({ name, before }: PathStep) =>
    !(name in protocol.byClose) && cases.get(name)?.canHappen(before) === true;
  return modelPaths().map((path) => {
    const end = path.events.findIndex((step) => !isPossible(step));
    return end < 0 ? path : { ...path, events: path.events.slice(0, end) };
  });
}

/** What can happen to a session of this protocol: every event case but those that it lacks. */
function casesOf({ lacks, byClose }: RealProtocol): readonly EventCase[] {
  const isLacking = ({ name, type }: EventCase) => name in lacks || (name.endsWith(' (late)') && type in lacks);
  return EVENT_CASES.filter((eventCase) => !isLacking(eventCase)).map((eventCase) => {
    const closeCode = byClose[eventCase.name];
    if (eventCase.name === 'hello.received') return once(eventCase);
    return closeCode === undefined ? eventCase : byCloseCode(eventCase, closeCode);
  });
}

/** None of the servers says hello twice on one socket. */
function once(eventCase: EventCase): EventCase {
  const { canHappen } = eventCase;
  return { ...eventCase, canHappen: (state) => canHappen(state) && state.work.socket?.phase === 'opening' };
}

function byCloseCode(eventCase: EventCase, closeCode: number): EventCase {
  const { event } = eventCase;
  return {
    ...eventCase,
    event: (state) => {
      const fact = event(state);
      return 'failure' in fact ? { ...fact, failure: { ...fact.failure, closeCode } } : fact;
    },
  };
}
