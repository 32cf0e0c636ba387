import type { SessionContext, SessionEvent } from '../../src/machines/types.ts';
import { type Branch, branchesOf } from './explore/branches.ts';
import type { SessionMachine, SessionSnapshot } from './explore/effects.ts';
import type { EventCase } from './explore/event-cases.ts';
import type { Graph, GraphNode } from './explore/explore.ts';
import type { ModelState } from './explore/model-state.ts';
import { STATE_KEY_PARTS, type StateKeyParts, stateKey } from './explore/state-key.ts';

/** Two states with one key that an event takes along different branches: the key hides what a guard reads. */
export interface HiddenField {
  readonly key: string;
  /** The fields of the context in which the two differ. */
  readonly fields: readonly string[];
  readonly case: string;
  readonly branches: readonly [string, string];
}

/**
 * Looks for fields that a guard reads and the key of its state hides: among all states that were met, and among
 * twins of them, in which one field has another value that was met in the same state, and that the key does not show.
 */
export function* hiddenFields(graph: Graph, keyParts: StateKeyParts = STATE_KEY_PARTS): Iterable<HiddenField> {
  const valuesOf = observedValues(graph.nodes);
  const decisions = new Map<string, Decision>();
  const found = new Set<string>();
  const fieldsReadBy = createReader(graph.machine);
  function* compare(one: Decision, other: Decision): Iterable<HiddenField> {
    if (other.branch === one.branch) return;
    const fields = differingFields(one.state, other.state);
    const name = `${one.key} ${fields.join()}`;
    if (found.has(name)) return;
    found.add(name);
    yield { key: one.key, fields, case: one.case.name, branches: [one.branch, other.branch] };
  }
  for (const { state, leaf, edges } of graph.nodes) {
    const key = stateKey(state, keyParts);
    const news: Decision[] = [];
    for (const edge of edges) {
      const decision = { key, case: edge.case, branch: nameOf(edge.branches), state };
      const known = decisions.get(`${key} · ${edge.case.name}`);
      if (known !== undefined) yield* compare(known, decision);
      else {
        decisions.set(`${key} · ${edge.case.name}`, decision);
        news.push(decision);
      }
    }
    if (news.length === 0) continue;
    const sensitive = news.map((decision) => ({ decision, fields: fieldsReadBy(decision) }));
    for (const [field, own] of fieldsOf(state)) {
      const concerned = sensitive.filter(({ fields }) => fields.has(field));
      if (concerned.length === 0) continue;
      for (const twin of twinsOf(state, field, own, valuesOf.get(leaf))) {
        if (stateKey(twin, keyParts) !== key) continue;
        for (const { decision } of concerned) {
          if (!decision.case.canHappen(twin)) continue;
          const branches = graph.branches.taken(twin.snapshot, decision.case.event(twin));
          yield* compare(decision, { ...decision, branch: nameOf(branches), state: twin });
        }
      }
    }
  }
}

/**
 * Returns the fields that a decision reads: with another value of any other field it is the same. What an action copies
 * into the context that a choice is made on counts once a guard reads it there.
 */
function createReader(machine: SessionMachine): (decision: Decision) => ReadonlySet<string> {
  let read = new Set<string>();
  const onRead = (field: string) => void read.add(field);
  const guards = Object.entries(machine.implementations.guards).map(([name, guard]) => {
    const watched = (args: GuardArgs, params: never) =>
      (guard as Guard)({ ...args, context: recorded(args.context, onRead) }, params);
    return [name, watched];
  });
  const watchedMachine = machine.provide({ guards: Object.fromEntries(guards) }) as SessionMachine;
  const branches = branchesOf(watchedMachine);

  return ({ case: eventCase, state }) => {
    // A twin's close that is under way changes with its attempt, outside of the context.
    read = new Set(state.work.closing === state.snapshot.context.attempt ? ['attempt'] : []);
    const context = recorded(state.snapshot.context, onRead);
    // A guard is looked up in the machine of the snapshot.
    const snapshot = { ...state.snapshot, machine: watchedMachine, context } as SessionSnapshot;
    const watched = { ...state, snapshot };
    if (eventCase.canHappen(watched)) branches.taken(snapshot, eventCase.event(watched));
    return read;
  };
}

interface GuardArgs {
  readonly context: SessionContext;
  readonly event: SessionEvent;
}

type Guard = (args: GuardArgs, params: never) => boolean;

/**
 * The same object, whose fields, those of its groups by group and name, are reported when they are read. A copy of the
 * whole, as by `{ ...object }`, reads none: it describes each field before it takes it over.
 */
function recorded<T extends object>(object: T, onRead: (field: string) => void, group = ''): T {
  let described: string | symbol | null = null;
  return new Proxy(object, {
    getOwnPropertyDescriptor(target, name) {
      described = name;
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    get(target, name) {
      const isCopied = described === name;
      described = null;
      const value: unknown = Reflect.get(target, name);
      if (group === '' && isGroup(String(name))) return recorded(value as object, onRead, `${String(name)}.`);
      if (!isCopied) onRead(`${group}${String(name)}`);
      return value;
    },
  });
}

interface Decision {
  readonly key: string;
  readonly case: EventCase;
  readonly branch: string;
  readonly state: ModelState;
}

const nameOf = (branches: readonly Branch[]) => branches.map(({ id }) => id).join(' → ') || 'ignored';

/** The fields of the context, those of its groups by group and name. */
function fieldsOf({ snapshot }: ModelState): readonly (readonly [field: string, value: unknown])[] {
  return Object.entries(snapshot.context).flatMap(([name, value]) =>
    isGroup(name)
      ? Object.entries(value).map(([inner, part]) => [`${name}.${inner}`, part] as const)
      : [[name, value] as const],
  );
}

const isGroup = (name: string) => ['login', 'pacing', 'storage', 'device'].includes(name);

function withField({ snapshot, work }: ModelState, field: string, value: unknown): ModelState {
  const [name = '', inner] = field.split('.');
  const group = snapshot.context[name as keyof SessionContext] as object;
  const changed = inner === undefined ? value : { ...group, [inner]: value };
  const context = { ...snapshot.context, [name]: changed };
  // A close that belongs to the newest attempt belongs to it in the twin, too.
  const closing = work.closing === snapshot.context.attempt ? context.attempt : work.closing;
  return { snapshot: { ...snapshot, context }, work: { ...work, closing } };
}

type ObservedValues = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

const observed = new WeakMap<readonly GraphNode[], ReadonlyMap<string, ObservedValues>>();

function observedValues(nodes: readonly GraphNode[]): ReadonlyMap<string, ObservedValues> {
  const known = observed.get(nodes);
  if (known !== undefined) return known;
  const byLeaf = new Map<string, Map<string, Map<string, unknown>>>();
  for (const { leaf, state } of nodes) {
    const byField = byLeaf.get(leaf) ?? new Map<string, Map<string, unknown>>();
    byLeaf.set(leaf, byField);
    for (const [field, value] of fieldsOf(state)) {
      const values = byField.get(field) ?? new Map<string, unknown>();
      byField.set(field, values.set(JSON.stringify(value), value));
    }
  }
  observed.set(nodes, byLeaf);
  return byLeaf;
}

function* twinsOf(state: ModelState, field: string, own: unknown, values?: ObservedValues): Iterable<ModelState> {
  const ownText = JSON.stringify(own);
  for (const [text, value] of values?.get(field) ?? []) {
    if (text !== ownText) yield withField(state, field, value);
  }
}

function differingFields(one: ModelState, other: ModelState): string[] {
  const others = new Map(fieldsOf(other));
  return fieldsOf(one).flatMap(([field, value]) =>
    JSON.stringify(value) === JSON.stringify(others.get(field)) ? [] : [field],
  );
}
