import type { ModelState } from './model-state.ts';
import { leafOf } from './model-state.ts';

/*
 * What has to be known of a situation to say which branch every event takes: the state, and of context and ledger only
 * what the guards there read. Users are relative, numbers are what a guard makes of them. A facet is silent (`null`) in
 * the ordinary case, so a key reads as what is special: `connecting.waiting: no token, wait cut short`.
 *
 * A key says what is decided next, not all that will ever be: paths are built on real snapshots, keys only count them.
 */

type Facet = (situation: ModelState) => string | null;

const when = (holds: boolean, words: string) => (holds ? words : null);

/** Whether the record, as far as it is known, is this user's: only then a change elsewhere ends the session. */
const isStored: Facet = ({ snapshot: { context } }) =>
  when(context.identity?.kind === 'user' && context.storage.userId === context.identity.id, 'stored');

const FACETS = {
  source: ({ snapshot }) => when(!snapshot.context.restorable, 'no token source'),
  network: ({ snapshot }) => when(!snapshot.context.device.online, 'offline'),
  presence: ({ snapshot }) => when(snapshot.context.device.presence === 'suspended', 'suspended'),
  who: ({ snapshot }) => when(snapshot.context.identity?.kind === 'anonymous', 'anonymous'),
  origin: ({ snapshot }) => when(snapshot.context.login.origin === 'existing', 'existing session'),
  isStored,
  token: ({ snapshot: { context } }) =>
    when(context.login.token === 'none' && context.identity?.kind !== 'anonymous', 'no token'),
  refusals: ({ snapshot }) =>
    ['no refusal', 'one refusal', 'two refusals'][snapshot.context.login.refusals] ?? 'more refusals',
  firstHello: ({ snapshot }) => when(snapshot.context.storage.save === 'due', 'not saved yet'),
  unanswered: ({ snapshot }) => when(snapshot.context.storage.save === 'pending', 'being saved'),
  failures: ({ snapshot }) => when(snapshot.context.pacing.failedAttempts > 0, 'failed before'),
  canRetryQuickly: ({ snapshot: { context } }) =>
    when(context.pacing.quickRetry !== 'available' || context.pacing.retryAfterMs > 0, 'may not hurry'),
  wasHurried: ({ snapshot }) => when(snapshot.context.pacing.quickRetry !== 'available', 'was cut short'),
  next: ({ snapshot: { context } }) => when(context.next !== null, `${context.next?.identity.kind} waits`),
  forgetting: ({ snapshot }) => when(snapshot.context.storage.forget !== 'everyone', 'forgets one'),
} satisfies Record<string, Facet>;

export type FacetName = keyof typeof FACETS;
export type StateFacets = Readonly<Record<string, readonly FacetName[]>>;

/** What counts in each state. `npm run model` fails when something is missing. */
export const STATE_FACETS: StateFacets = {
  restoring: ['source', 'presence', 'network'],
  loggedOut: [],
  loadingToken: ['network', 'presence', 'origin', 'unanswered', 'isStored'],
  'connecting.opening': ['who', 'network', 'refusals', 'firstHello', 'canRetryQuickly', 'unanswered', 'isStored'],
  'connecting.waiting': ['token', 'canRetryQuickly', 'wasHurried', 'unanswered', 'isStored'],
  'connecting.offline': ['token', 'wasHurried', 'unanswered', 'isStored'],
  'connecting.suspended': ['network', 'token', 'failures', 'unanswered', 'isStored'],
  'connected.healthy': ['network', 'refusals', 'unanswered', 'isStored'],
  'connected.probing': ['network', 'refusals', 'unanswered', 'isStored'],
  'disconnecting.forgetting': ['forgetting', 'next'],
  'disconnecting.closing': ['forgetting', 'next', 'network', 'presence'],
};

/** The key of a situation: two with the same key decide every event alike. */
export function stateKey(situation: ModelState, facetsOf: StateFacets = STATE_FACETS): string {
  const leaf = leafOf(situation.snapshot);
  const words = (facetsOf[leaf] ?? []).map((name) => FACETS[name](situation)).filter((word) => word !== null);
  return words.length === 0 ? leaf : `${leaf}: ${words.join(', ')}`;
}

/** What no guard reads, but what decides which facts can come next. */
const PROSPECTS: Readonly<Record<string, Facet>> = {
  kind: ({ snapshot }) => snapshot.context.identity?.kind ?? null,
  storedUser: ({ snapshot }) => when(snapshot.context.storage.userId !== null, 'user stored'),
  question: ({ ledger }) => ledger.storage?.type ?? null,
  stability: ({ ledger }) => when(ledger.timers.has('stable'), 'unstable'),
  listening: ({ ledger }) => when(ledger.socket?.isListenedFor === true, 'listening'),
  closing: ({ ledger }) => when(ledger.closing !== null, 'closing'),
  isSocketThere: ({ ledger }) => when(ledger.isSocketThere, 'socket there'),
  isRemovalOwed: ({ ledger }) => when(ledger.isRemovalOwed, 'removal owed'),
  hasOldSocket: ({ ledger }) => when(ledger.superseded.has('socket'), 'old socket'),
  client: ({ ledger }) => when(ledger.hasClient, 'client'),
  persistence: ({ ledger }) => when(ledger.hasPersistence, 'persistence'),
};

const ALL = Object.entries({ ...FACETS, ...PROSPECTS });

/** Every facet of a situation, whether it counts in its state or not: by them an exploration knows what is new. */
export function allFacets(situation: ModelState): readonly string[] {
  return ALL.map(([name, facet]) => `${name}=${facet(situation) ?? ''}`);
}
