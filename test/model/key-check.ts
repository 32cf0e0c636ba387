import type { SessionContext } from '../../src/machines/types.ts';
import { EVENT_CASES, type EventCase } from '../../src/testing/event-cases.ts';
import type { Graph, Place } from '../../src/testing/explore.ts';
import type { ModelState } from '../../src/testing/model-state.ts';
import { STATE_FACETS, type StateFacets, stateKey } from '../../src/testing/state-key.ts';

/** Two situations with one key that an event takes along different branches: the key hides what a guard reads. */
export interface HiddenField {
  readonly key: string;
  /** The fields of the context in which the two differ. */
  readonly fields: readonly string[];
  readonly case: string;
  readonly branches: readonly [string, string];
}

/**
 * Looks for fields that a guard reads and the key of its state hides: among all situations that were met, and among
 * twins of them, in which one field has another value that was met in the same state, and that the key does not tell.
 */
export function hiddenFields(graph: Graph, facets: StateFacets = STATE_FACETS): HiddenField[] {
  const valuesOf = observedValues(graph.places);
  const decisions = new Map<string, Decision>();
  const found = new Map<string, HiddenField>();
  const compare = (key: string, eventCase: EventCase, decision: Decision, situation: ModelState) => {
    const { branch } = decide(graph, eventCase, situation);
    if (branch === decision.branch) return;
    const fields = differingFields(decision.situation, situation);
    const hidden = { key, fields, case: eventCase.name, branches: [decision.branch, branch] as const };
    found.set(`${key} ${fields.join()}`, hidden);
  };
  for (const { situation, leaf } of graph.places) {
    const key = stateKey(situation, facets);
    const news: [EventCase, Decision][] = [];
    for (const eventCase of EVENT_CASES) {
      if (!eventCase.canHappen(situation)) continue;
      const known = decisions.get(`${key} · ${eventCase.name}`);
      if (known !== undefined) compare(key, eventCase, known, situation);
      else {
        const decision = decide(graph, eventCase, situation);
        decisions.set(`${key} · ${eventCase.name}`, decision);
        news.push([eventCase, decision]);
      }
    }
    if (news.length === 0) continue;
    for (const twin of twinsOf(situation, valuesOf.get(leaf) ?? new Map())) {
      if (stateKey(twin, facets) !== key) continue;
      for (const [eventCase, decision] of news) {
        if (eventCase.canHappen(twin)) compare(key, eventCase, decision, twin);
      }
    }
  }
  return [...found.values()];
}

interface Decision {
  readonly branch: string;
  readonly situation: ModelState;
}

function decide({ branches }: Graph, eventCase: EventCase, situation: ModelState): Decision {
  const taken = branches.taken(situation.snapshot, eventCase.event(situation));
  return { branch: taken.map(({ id }) => id).join(' → ') || 'ignored', situation };
}

/** The fields of the context, those of its groups by group and name. */
function fieldsOf({ snapshot }: ModelState): readonly (readonly [field: string, value: unknown])[] {
  return Object.entries(snapshot.context).flatMap(([name, value]) =>
    isGroup(name)
      ? Object.entries(value).map(([inner, part]) => [`${name}.${inner}`, part] as const)
      : [[name, value] as const],
  );
}

const isGroup = (name: string) => ['login', 'pacing', 'storage', 'device'].includes(name);

function withField({ snapshot, ledger }: ModelState, field: string, value: unknown): ModelState {
  const [name = '', inner] = field.split('.');
  const group = snapshot.context[name as keyof SessionContext] as object;
  const changed = inner === undefined ? value : { ...group, [inner]: value };
  return { snapshot: { ...snapshot, context: { ...snapshot.context, [name]: changed } }, ledger };
}

type ObservedValues = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

function observedValues(places: readonly Place[]): ReadonlyMap<string, ObservedValues> {
  const byLeaf = new Map<string, Map<string, Map<string, unknown>>>();
  for (const { leaf, situation } of places) {
    const byField = byLeaf.get(leaf) ?? new Map<string, Map<string, unknown>>();
    byLeaf.set(leaf, byField);
    for (const [field, value] of fieldsOf(situation)) {
      const values = byField.get(field) ?? new Map<string, unknown>();
      byField.set(field, values.set(JSON.stringify(value), value));
    }
  }
  return byLeaf;
}

function* twinsOf(situation: ModelState, observed: ObservedValues): Iterable<ModelState> {
  for (const [field, own] of fieldsOf(situation)) {
    for (const [text, value] of observed.get(field) ?? []) {
      if (text !== JSON.stringify(own)) yield withField(situation, field, value);
    }
  }
}

function differingFields(one: ModelState, other: ModelState): string[] {
  const others = new Map(fieldsOf(other));
  return fieldsOf(one).flatMap(([field, value]) =>
    JSON.stringify(value) === JSON.stringify(others.get(field)) ? [] : [field],
  );
}
