import { createRequire } from 'node:module';

/*
 * How Stately's tools see a machine: with `@xstate/machine-extractor`, their parser, which reads a literal config from
 * source text and never runs it. It needs XState 4, so it lives in a workspace of its own and is loaded from there.
 */

/** One state as it was read; what is empty in the source is empty here. */
export interface ExtractedState {
  readonly description: string | undefined;
  readonly initial: string | undefined;
  readonly tags: readonly string[];
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** By event, in the order of the source. */
  readonly transitions: Readonly<Record<string, readonly ExtractedTransition[]>>;
  readonly states: Readonly<Record<string, ExtractedState>>;
}

export interface ExtractedTransition {
  /** As written: `opening`, `.opening`, `#session.loggedOut`. */
  readonly targets: readonly string[];
  /** The guard's name; `inline` for a function, which the tools cannot name. */
  readonly guard: string | undefined;
  readonly actions: readonly string[];
  readonly description: string | undefined;
}

/**
 * The machines in `source`, outermost state first: `createMachine({...})`, also behind `setup(...)` and `.extend(...)`.
 * `reenter` is not read by the parser.
 */
export function extractMachines(source: string): readonly ExtractedState[] {
  const found = extractMachinesFromFile(source)?.machines ?? [];
  return found.map((machine) => {
    const config = machine.toConfig();
    if (config === undefined) throw new Error('The parser found a machine that it cannot read.');
    return readState(config);
  });
}

const require = createRequire(new URL('package.json', import.meta.url));
const { extractMachinesFromFile } = require('@xstate/machine-extractor') as {
  extractMachinesFromFile(source: string): { readonly machines: readonly Machine[] } | null;
};

interface Machine {
  toConfig(): StateConfig | undefined;
}

type Many<Item> = Item | readonly Item[];

interface Named {
  readonly kind: 'named' | 'inline';
  readonly type?: string;
  readonly action?: { readonly type: string };
}

interface StateConfig {
  readonly description?: string;
  readonly initial?: string;
  readonly tags?: Many<string>;
  readonly entry?: Many<Named>;
  readonly exit?: Many<Named>;
  readonly on?: Readonly<Record<string, Many<TransitionConfig>>>;
  readonly states?: Readonly<Record<string, StateConfig>>;
}

interface TransitionConfig {
  readonly target?: Many<string>;
  readonly cond?: Named;
  readonly actions?: Many<Named>;
  readonly description?: string;
}

function readState(config: StateConfig): ExtractedState {
  return {
    description: config.description,
    initial: config.initial,
    tags: list(config.tags),
    entry: list(config.entry).map(nameOf),
    exit: list(config.exit).map(nameOf),
    transitions: mapValues(config.on, (branches) => list(branches).map(readTransition)),
    states: mapValues(config.states, readState),
  };
}

function readTransition(config: TransitionConfig): ExtractedTransition {
  return {
    targets: list(config.target),
    guard: config.cond && nameOf(config.cond),
    actions: list(config.actions).map(nameOf),
    description: config.description,
  };
}

function nameOf(named: Named): string {
  return (named.kind === 'named' ? (named.type ?? named.action?.type) : undefined) ?? 'inline';
}

function list<Item>(many: Many<Item> | undefined): readonly Item[] {
  if (many === undefined) return [];
  return Array.isArray(many) ? many : [many as Item];
}

function mapValues<From, To>(record: Readonly<Record<string, From>> = {}, map: (value: From) => To) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
