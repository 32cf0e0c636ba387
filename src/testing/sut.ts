import { isPlain } from '../client/plain.ts';
import { invalidArgument } from '../errors.ts';
import { assertFit, FUNCTION, knownMembers, OBJECT } from '../input.ts';
import { sessionMachine } from '../machines/session.ts';
import { EVENT_NAMES, type LifecyclePath, leafOf, lifecyclePaths, type PathStep } from './paths.ts';
import type { TestFramework } from './repository-contract.ts';

/*
 * How a system is run through the paths, in the words of XState's own testing: `sut` is the system under test, `events`
 * describes how each event is caused, `states` what is to be seen in each state, `invariants` what holds after every step.
 */

type Check<Sut, Subject> = (sut: Sut, subject: Subject) => unknown;

/** A system that is to be run through lifecycle paths: a client, with its server and storage. */
export interface SystemUnderTest<Sut, Step extends PathStep = PathStep> {
  /** Sets a system up, not started or just started, as the path wants it (`path.input`). Once for each path. */
  readonly start: (path: LifecyclePath<Step>) => Sut | Promise<Sut>;
  /**
   * Causes an event: the provider throws, the server drops, the disk refuses. Resolves when what follows from it at once
   * has happened. By the name of the event case (`token.failed (permanent)`), or by its type for all its other cases.
   */
  readonly events: Readonly<Record<string, (sut: Sut, step: Step) => void | Promise<void>>>;
  /**
   * What is to be seen in a state, by its path (`connecting.waiting`) or that of a state around it (`connecting`); all
   * that fit are checked, after each step and at the start. A check fails by a throw, a rejection, or by returning `false`.
   */
  readonly states?: Readonly<Record<string, Check<Sut, Step | null>>>;
  /** What holds after every step, by what it promises. It fails as a check of `states` does. */
  readonly invariants?: Readonly<Record<string, Check<Sut, Step>>>;
  /** Takes the system down, also after a failure. */
  readonly stop?: (sut: Sut) => void | Promise<void>;
}

/** A step of a path that did not go as it has to. The original error is the cause. */
export class PathError extends Error {
  override readonly name = 'PathError';
  readonly path: LifecyclePath;
  /** Counted from 1; 0 is the start. */
  readonly step: number;

  constructor(path: LifecyclePath, step: number, where: string, cause: unknown) {
    super(`${where}: ${cause instanceof Error ? cause.message : String(cause)}\n${stepsOf(path, step)}`, { cause });
    this.path = path;
    this.step = step;
  }
}

/**
 * Runs one path. Rejects with a {@link PathError} at the first thing that is not as it has to be, and with a SessionError
 * `invalidArgument` where the subject names an event, a state or a member that there is not.
 */
export async function runPath<Sut, Step extends PathStep>(
  subject: SystemUnderTest<Sut, Step>,
  path: LifecyclePath<Step>,
): Promise<void> {
  checkNames(subject, [path]);
  const { states = {}, invariants = {} } = subject;
  let number = 0;

  async function attempt(where: string, act: () => void | Promise<void>): Promise<void> {
    try {
      await act();
    } catch (cause) {
      throw new PathError(path, number, where, cause);
    }
  }

  const check = (where: string, act: () => unknown) =>
    attempt(where, async () => {
      if ((await act()) === false) throw new Error('It returned false.');
    });

  async function checkStates(sut: Sut, step: Step | null): Promise<void> {
    const leaf = leafOf((step?.after ?? path.start).snapshot);
    for (const [state, holds] of Object.entries(states)) {
      if (`${leaf}.`.startsWith(`${state}.`)) await check(`expecting ${leaf}`, () => holds(sut, step));
    }
  }

  const sut = await subject.start(path);
  try {
    await checkStates(sut, null);
    for (const step of path.events) {
      number += 1;
      await attempt(`causing ${step.name}`, () => {
        const cause = causeOf(subject, step);
        if (cause === null) throw new Error(`The subject has no cause for ${step.name}.`);
        return cause(sut, step);
      });
      await checkStates(sut, step);
      for (const [promise, holds] of Object.entries(invariants)) await check(promise, () => holds(sut, step));
    }
  } finally {
    await subject.stop?.(sut);
  }
}

/**
 * Makes a test of every path. Default: those of `lifecyclePaths()`.
 *
 * @throws SessionError `invalidArgument` that names the member, the event or the state of the subject that there is not.
 */
export function testLifecycle<Sut>(subject: SystemUnderTest<Sut>, framework: TestFramework): void;
export function testLifecycle<Sut, Step extends PathStep>(
  subject: SystemUnderTest<Sut, Step>,
  framework: TestFramework,
  paths: readonly LifecyclePath<Step>[],
): void;
export function testLifecycle<Sut>(
  subject: SystemUnderTest<Sut>,
  framework: TestFramework,
  paths: readonly LifecyclePath[] = lifecyclePaths(),
): void {
  const { describe, test } = Object(framework) as TestFramework;
  assertFit('framework.describe', describe, FUNCTION);
  assertFit('framework.test', test, FUNCTION);
  checkNames(subject, paths);
  describe('the lifecycle of a session', () => {
    for (const path of paths) test(path.name, () => runPath(subject, path));
  });
}

/**
 * The paths as far as the subject can cause their events, for a system that lacks some: each ends before the first event
 * without a cause. What is left of several paths alike is one path.
 */
export function pathsFor<Sut>(
  subject: Pick<SystemUnderTest<Sut>, 'events'>,
  paths: readonly LifecyclePath[],
): LifecyclePath[] {
  const cut = paths.map((path) => {
    const end = path.events.findIndex((step) => causeOf(subject, step) === null);
    return end < 0 ? path : { ...path, events: path.events.slice(0, end) };
  });
  const kept: string[] = [];
  return cut
    .sort((one, other) => other.events.length - one.events.length)
    .filter(({ input, events }) => {
      const key = [input.restorable, ...events.map(({ name }) => name)].map((part) => `${part}\n`).join('');
      if (kept.some((longer) => longer.startsWith(key))) return false;
      kept.push(key);
      return true;
    });
}

/** A misspelt name would be a check that is never made. */
function checkNames<Sut, Step extends PathStep>(
  subject: SystemUnderTest<Sut, Step>,
  paths: readonly LifecyclePath<Step>[],
): void {
  assertFit('subject', subject, OBJECT);
  if (isPlain(subject)) knownMembers(subject, ['start', 'events', 'states', 'invariants', 'stop']);
  assertFit('subject.start', subject.start, FUNCTION);
  assertFit('subject.events', subject.events, OBJECT);
  const names = [...EVENT_NAMES, ...paths.flatMap(({ events }) => events.map(({ name }) => name))];
  const events = new Set<string>([...sessionMachine.events, ...names]);
  for (const name of Object.keys(subject.events)) {
    if (!events.has(name)) throw invalidArgument(`events.${name}`, 'there is no such event');
  }
  for (const name of Object.keys(subject.states ?? {})) {
    if (!STATES.has(name)) throw invalidArgument(`states.${name}`, 'there is no such state');
  }
}

const STATES: ReadonlySet<string> = new Set(
  Object.entries(sessionMachine.states).flatMap(([name, { states }]) => [
    name,
    ...Object.keys(states).map((inner) => `${name}.${inner}`),
  ]),
);

function causeOf<Sut, Step extends PathStep>(
  { events }: Pick<SystemUnderTest<Sut, Step>, 'events'>,
  { name, event }: PathStep,
) {
  return events[name] ?? events[event.type] ?? null;
}

function stepsOf({ start, events }: LifecyclePath, step: number): string {
  const lines = events.slice(0, step).map(({ name, after }, index) => {
    const isLast = index === step - 1;
    return `${isLast ? '→' : ' '} ${index + 1}. ${name}: ${leafOf(after.snapshot)}`;
  });
  return [`  0. ${leafOf(start.snapshot)}`, ...lines].join('\n');
}
