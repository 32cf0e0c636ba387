import type { SessionEvent, SessionInput } from '../../../src/machines/types.ts';
import { leafOf } from '../../../src/testing/paths.ts';
import { type Branch, type Branches, branchesOf } from './branches.ts';
import type { SessionMachine } from './effects.ts';
import { EVENT_CASES, type EventCase } from './event-cases.ts';
import { type ModelState, nextState, type Step, startState } from './model-state.ts';
import { allKeyParts, STATE_KEY_PARTS, type StateKeyParts, stateKey } from './state-key.ts';

/** A state that the statechart can come into, standing for all that are like it. */
export interface GraphNode {
  readonly state: ModelState;
  /** The state key; several nodes may share one, when they differ in what matters later. */
  readonly key: string;
  readonly leaf: string;
  /** What can happen here. */
  readonly edges: readonly Edge[];
  /** The edge by which it was reached first, on a shortest path; `null` at a start. */
  readonly arrival: Edge | null;
}

/** One event case that happens at a node. */
export interface Edge {
  readonly from: GraphNode;
  readonly case: EventCase;
  readonly event: SessionEvent;
  /** The branch of the event, then those of choice states; empty when no state handles the event. */
  readonly branches: readonly Branch[];
  readonly to: GraphNode;
}

export interface Graph {
  readonly machine: SessionMachine;
  readonly branches: Branches;
  readonly nodes: readonly GraphNode[];
  /** The node that stands for a state. */
  readonly nodeOf: (state: ModelState) => GraphNode;
}

export interface ExploreOptions {
  readonly machine: SessionMachine;
  /** Where it can start. The first is explored in full, the others as far as they differ. */
  readonly inputs: readonly SessionInput[];
  readonly cases?: readonly EventCase[];
  readonly keyParts?: StateKeyParts;
  /** More nodes than that are a mistake in a key. */
  readonly limit?: number;
  /** Called for each edge with what its event did, which the graph does not keep. */
  readonly onStep?: (edge: Edge, step: Step) => void;
}

/**
 * Explores the statechart breadth first, so that every node is reached by a shortest path. A state is a node of its own
 * when it shows something new: a key, a key part with that key, or a pair of key parts in that state. Pairs find what
 * the product of all parts finds (triples find the same keys and branches), in a fraction of the time.
 */
export function explore({
  machine,
  inputs,
  cases = EVENT_CASES,
  keyParts = STATE_KEY_PARTS,
  limit = 20_000,
  onStep,
}: ExploreOptions): Graph {
  const branches = branchesOf(machine);
  const index = new NodeIndex(keyParts);
  for (const input of inputs) index.place(startState(machine, input), null);
  for (const node of index.nodes) {
    if (index.nodes.length > limit) throw new Error(`More than ${limit} nodes: the state keys are too fine.`);
    if (node.isCoveredElsewhere) continue;
    for (const eventCase of cases) {
      if (!eventCase.canHappen(node.state)) continue;
      const event = eventCase.event(node.state);
      const state = nextState(machine, node.state, event);
      const edge = { from: node, case: eventCase, event, branches: branches.of(state.transitions), to: node };
      edge.to = index.place(state, edge);
      node.edges.push(edge);
      onStep?.(edge, state);
    }
  }
  return { machine, branches, nodes: index.nodes, nodeOf: (state) => index.nodeOf(state) };
}

interface MutableNode extends GraphNode {
  readonly edges: Edge[];
  /** Not explored further: another start covers what follows. */
  readonly isCoveredElsewhere: boolean;
}

/** A pair of key parts is a bit of a map: more values than this in all are a mistake in a key part. */
const MOST_VALUES = 256;

class NodeIndex {
  readonly nodes: MutableNode[] = [];
  readonly #keyParts: StateKeyParts;
  /** Which values were met with a key, and which pairs of values in a state. */
  readonly #withKey = new Map<string, Uint8Array>();
  readonly #pairsIn = new Map<string, Uint8Array>();
  /** Small numbers for the values of key parts: each of some 70,000 states is compared by pairs of them. */
  readonly #ids: Map<string | null, number>[] = [];
  #lastId = -1;
  readonly #byParts = new Map<string, MutableNode>();
  readonly #byKey = new Map<string, MutableNode>();
  readonly #byLeaf = new Map<string, MutableNode>();

  constructor(keyParts: StateKeyParts) {
    this.#keyParts = keyParts;
  }

  /** The node of a state: a new one when the state shows something new, otherwise the known one that is most like it. */
  place(state: ModelState, arrival: Edge | null): MutableNode {
    const leaf = leafOf(state.snapshot);
    const ids = this.#idsOf(state);
    const parts = `${leaf}|${ids}`;
    const known = this.#byParts.get(parts);
    if (known !== undefined) return known;
    const key = stateKey(state, this.#keyParts);
    const node = this.#showsNew(leaf, key, ids) ? this.#add(state, leaf, key, arrival) : this.#standIn(leaf, key);
    this.#byParts.set(parts, node);
    return node;
  }

  /** The known node that is most like the state. */
  nodeOf(state: ModelState): MutableNode {
    const leaf = leafOf(state.snapshot);
    return this.#byParts.get(`${leaf}|${this.#idsOf(state)}`) ?? this.#standIn(leaf, stateKey(state, this.#keyParts));
  }

  #standIn(leaf: string, key: string): MutableNode {
    const node = this.#byKey.get(key) ?? this.#byLeaf.get(leaf);
    if (node === undefined) throw new Error(`No node is in ${leaf}.`);
    return node;
  }

  #add(state: ModelState, leaf: string, key: string, arrival: Edge | null): MutableNode {
    const isCoveredElsewhere = !state.snapshot.context.restorable && !this.#keyParts[leaf]?.includes('source');
    const node: MutableNode = { state, key, leaf, edges: [], arrival, isCoveredElsewhere };
    this.nodes.push(node);
    if (!this.#byKey.has(key)) this.#byKey.set(key, node);
    if (!this.#byLeaf.has(leaf)) this.#byLeaf.set(leaf, node);
    return node;
  }

  #showsNew(leaf: string, key: string, ids: readonly number[]): boolean {
    const withKey = mapFor(this.#withKey, key, MOST_VALUES);
    const pairs = mapFor(this.#pairsIn, leaf, MOST_VALUES * MOST_VALUES);
    let isNew = false;
    for (const [index, id] of ids.entries()) {
      isNew = mark(withKey, id) || isNew;
      for (let other = index + 1; other < ids.length; other += 1) {
        isNew = mark(pairs, id * MOST_VALUES + (ids[other] ?? 0)) || isNew;
      }
    }
    return isNew;
  }

  #idsOf(state: ModelState): number[] {
    return allKeyParts(state).map((value, part) => {
      this.#ids[part] ??= new Map();
      const known = this.#ids[part].get(value);
      if (known !== undefined) return known;
      this.#lastId += 1;
      if (this.#lastId >= MOST_VALUES) throw new Error(`More than ${MOST_VALUES} values of key parts.`);
      this.#ids[part].set(value, this.#lastId);
      return this.#lastId;
    });
  }
}

function mapFor(maps: Map<string, Uint8Array>, name: string, size: number): Uint8Array {
  const map = maps.get(name) ?? new Uint8Array(size);
  maps.set(name, map);
  return map;
}

/** Whether it was not marked before. */
function mark(map: Uint8Array, index: number): boolean {
  if (map[index] === 1) return false;
  map[index] = 1;
  return true;
}
