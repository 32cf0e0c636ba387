import type { SessionEvent } from '../machines/types.ts';
import { leafOf } from './model-state.ts';
import { stateWords } from './names.ts';
import type { PathStep } from './path-cover.ts';
import { type LifecyclePath, lifecyclePaths } from './paths.ts';
import type { TestFramework } from './repository-contract.ts';

/*
 * How a system is run through the paths, in the words of XState's own testing: `sut` is the system under test, `events`
 * says how each event is caused, `states` what is to be seen in each state, `invariants` what holds after every step.
 */

type Check<Sut, Subject> = (sut: Sut, subject: Subject) => void | Promise<void>;

/** A system that is to be run through lifecycle paths: a client of ours or of others, with its server and storage. */
export interface SystemUnderTest<Sut> {
  /** Sets a system up, not started or just started, as the path wants it (`path.input`). Once for each path. */
  readonly start: (path: LifecyclePath) => Sut | Promise<Sut>;
  /**
   * Causes an event: the provider throws, the server drops, the disk refuses. Resolves when what follows from it at once
   * has happened. By the name of the event case (`token.failed (permanent)`), or by its type for all its other cases.
   */
  readonly events: Readonly<Record<string, Check<Sut, PathStep>>>;
  /**
   * What is to be seen in a state, by its path (`connecting.waiting`) or that of a state around it (`connecting`); all
   * that fit are checked, after each step and at the start.
   */
  readonly states?: Readonly<Record<string, Check<Sut, PathStep | null>>>;
  /** What holds after every step, by what it promises. */
  readonly invariants?: Readonly<Record<string, Check<Sut, PathStep>>>;
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
    super(`${where}: ${cause instanceof Error ? cause.message : String(cause)}\n${storyOf(path, step)}`, { cause });
    this.path = path;
    this.step = step;
  }
}

/** Runs one path. Rejects with a {@link PathError} at the first thing that is not as it has to be. */
export async function runPath<Sut>(subject: SystemUnderTest<Sut>, path: LifecyclePath): Promise<void> {
  const sut = await subject.start(path);
  try {
    await checkStates(subject, sut, path, 0);
    for (const [index, step] of path.events.entries()) {
      const number = index + 1;
      const cause = causeOf(subject, step);
      await at(path, number, `causing ${step.case.name}`, async () => {
        if (cause === null) throw new Error(`Nothing says how ${step.case.name} is caused.`);
        await cause(sut, step);
      });
      await checkStates(subject, sut, path, number);
      for (const [promise, check] of Object.entries(subject.invariants ?? {})) {
        await at(path, number, promise, () => check(sut, step));
      }
    }
  } finally {
    await subject.stop?.(sut);
  }
}

/** Makes a test of every path. */
export function testLifecycle<Sut>(
  subject: SystemUnderTest<Sut>,
  { describe, test }: TestFramework,
  paths: readonly LifecyclePath[] = lifecyclePaths(),
): void {
  describe('the lifecycle of a session', () => {
    for (const path of paths) test(path.name, () => runPath(subject, path));
  });
}

/** Whether the subject can cause every event of the path; a client may lack what the statechart has. */
export function canRun<Sut>(subject: Pick<SystemUnderTest<Sut>, 'events'>, path: LifecyclePath): boolean {
  return path.events.every((step) => causeOf(subject, step) !== null);
}

function causeOf<Sut>({ events }: Pick<SystemUnderTest<Sut>, 'events'>, { case: eventCase }: PathStep) {
  const type: SessionEvent['type'] = eventCase.type;
  return events[eventCase.name] ?? events[type] ?? null;
}

async function checkStates<Sut>(
  { states = {} }: SystemUnderTest<Sut>,
  sut: Sut,
  path: LifecyclePath,
  number: number,
): Promise<void> {
  const step = path.events[number - 1] ?? null;
  const leaf = leafOf((step?.after ?? path.start).snapshot);
  for (const [state, check] of Object.entries(states)) {
    if (leaf === state || leaf.startsWith(`${state}.`)) {
      await at(path, number, `expecting ${leaf}`, () => check(sut, step));
    }
  }
}

async function at(path: LifecyclePath, step: number, where: string, act: () => void | Promise<void>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    throw new PathError(path, step, where, cause);
  }
}

function storyOf({ start, events }: LifecyclePath, step: number): string {
  const lines = events.slice(0, step).map((taken, index) => {
    const isLast = index === step - 1;
    return `${isLast ? '→' : ' '} ${index + 1}. ${taken.case.name}: ${stateWords(taken.after)}`;
  });
  return [`  0. ${stateWords(start)}`, ...lines].join('\n');
}
