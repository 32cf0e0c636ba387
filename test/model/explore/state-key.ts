import { leafOf } from '../../../src/testing/paths.ts';
import { isTokenOutlived, type ModelState } from './model-state.ts';

/*
 * What has to be known of a state to say which branch every event takes: the state, and of context and work only
 * what the guards there read. Users are relative, numbers are what a guard makes of them. A keyPart is silent (`null`) in
 * the ordinary case, so a key reads as what is special: `connecting.waiting: no token, wait cut short`.
 *
 * A key says what is decided next, not all that will ever be: paths are built on real snapshots, keys only count them.
 */

type KeyPart = (state: ModelState) => string | null;

const when = (holds: boolean, words: string) => (holds ? words : null);

/** Whether the record, as far as it is known, is this user's: only then a change elsewhere ends the session. */
const isStored: KeyPart = ({ snapshot: { context } }) =>
  when(context.identity?.kind === 'user' && context.storage.userId === context.identity.id, 'stored');

const REFUSALS = ['no refusal', 'one refusal', 'two refusals'];

/** How many refusals the next one would be added to: that of an expired token takes the place of the newest. */
const countedRefusals = (state: ModelState): number =>
  Math.max(0, state.snapshot.context.login.refusals - (isTokenOutlived(state) ? 1 : 0));

type Snapshot = ModelState['snapshot'];

/** `matches()` of a snapshot takes many times as long. */
const isOpening = ({ value }: Snapshot) =>
  typeof value === 'object' && 'connecting' in value && value.connecting === 'opening';
const hasSocket = (snapshot: Snapshot) =>
  isOpening(snapshot) || (typeof snapshot.value === 'object' && 'connected' in snapshot.value);

const KEY_PARTS = {
  source: ({ snapshot }) => when(!snapshot.context.restorable, 'no token source'),
  network: ({ snapshot }) => when(!snapshot.context.device.online, 'offline'),
  suspension: ({ snapshot }) => when(snapshot.context.device.suspended, 'suspended'),
  who: ({ snapshot }) => when(snapshot.context.identity?.kind === 'anonymous', 'anonymous'),
  origin: ({ snapshot }) => when(snapshot.context.login.origin === 'existing', 'existing session'),
  isUnread: ({ snapshot }) => when(snapshot.context.login.origin === 'unread', 'storage not read'),
  isStored,
  token: ({ snapshot: { context } }) =>
    when(context.login.token === 'none' && context.identity?.kind !== 'anonymous', 'no token'),
  refusals: (state) => REFUSALS[countedRefusals(state)] ?? 'more refusals',
  firstHello: ({ snapshot: { context } }) => when(/due|sent/.test(context.storage.save), 'not saved yet'),
  isUnsent: ({ snapshot }) => when(hasSocket(snapshot) && snapshot.context.storage.save === 'due', 'not sent yet'),
  otherSource: ({ snapshot }) =>
    when(
      snapshot.value === 'loadingToken' && snapshot.context.login.sourceKey !== snapshot.context.login.askedKey,
      'other source',
    ),
  isSpent: ({ snapshot }) =>
    when(isOpening(snapshot) && snapshot.context.pacing.quickRetry === 'spent', 'sent again before'),
  unanswered: ({ snapshot }) => when(snapshot.context.storage.save === 'pending', 'being saved'),
  failures: ({ snapshot }) => when(snapshot.context.pacing.failedAttempts > 0, 'failed before'),
  canRetryQuickly: ({ snapshot: { context } }) =>
    when(context.pacing.quickRetry !== 'available' || context.pacing.retryAfterMs > 0, 'may not hurry'),
  wasHurried: ({ snapshot }) => when(snapshot.context.pacing.quickRetry !== 'available', 'was cut short'),
  next: ({ snapshot: { context } }) => when(context.next !== null, `${context.next?.identity.kind} waits`),
  forgetting: ({ snapshot }) => when(snapshot.context.storage.forget !== 'everyone', 'forgets one'),
} satisfies Record<string, KeyPart>;

export type KeyPartName = keyof typeof KEY_PARTS;
export type StateKeyParts = Readonly<Record<string, readonly KeyPartName[]>>;

const CONNECTED: readonly KeyPartName[] = [
  'network',
  'token',
  'refusals',
  'failures',
  'isUnsent',
  'wasHurried',
  'unanswered',
  'isStored',
];

/** What counts in each state. `npm run model` fails when something is missing. */
export const STATE_KEY_PARTS: StateKeyParts = {
  restoring: ['source', 'suspension', 'network'],
  loggedOut: [],
  loadingToken: [
    'network',
    'suspension',
    'origin',
    'isUnread',
    'failures',
    'otherSource',
    'wasHurried',
    'unanswered',
    'isStored',
  ],
  'connecting.opening': [
    'who',
    'isUnread',
    'network',
    'token',
    'refusals',
    'firstHello',
    'isUnsent',
    'isSpent',
    'canRetryQuickly',
    'unanswered',
    'isStored',
  ],
  'connecting.waiting': ['isUnread', 'network', 'token', 'canRetryQuickly', 'wasHurried', 'unanswered', 'isStored'],
  'connecting.offline': ['isUnread', 'token', 'wasHurried', 'unanswered', 'isStored'],
  'connecting.suspended': ['isUnread', 'network', 'token', 'failures', 'unanswered', 'isStored'],
  'connected.healthy': CONNECTED,
  'connected.probing': CONNECTED,
  'disconnecting.forgetting': ['forgetting', 'next'],
  'disconnecting.closing': ['forgetting', 'next', 'network', 'suspension'],
};

/** The key of a state: two with the same key decide every event alike. */
export function stateKey(state: ModelState, keyPartsOf: StateKeyParts = STATE_KEY_PARTS): string {
  const leaf = leafOf(state.snapshot);
  const words = (keyPartsOf[leaf] ?? []).map((name) => KEY_PARTS[name](state)).filter((word) => word !== null);
  return words.length === 0 ? leaf : `${leaf}: ${words.join(', ')}`;
}

/** What no guard reads, but what decides which facts can come next. */
const LOOKAHEAD: Readonly<Record<string, KeyPart>> = {
  kind: ({ snapshot }) => snapshot.context.identity?.kind ?? null,
  acceptance: ({ work }) => when(work.isTokenAccepted, 'accepted'),
  storedUser: ({ snapshot }) => when(snapshot.context.storage.userId !== null, 'user stored'),
  question: ({ work }) => work.storage?.type ?? null,
  stability: ({ work }) => when(work.timers.has('stable'), 'unstable'),
  listening: ({ work }) => when(work.socket?.isListenedFor === true, 'listening'),
  closing: ({ work }) => when(work.closing !== null, 'closing'),
  isSocketThere: ({ work }) => when(work.isSocketThere, 'socket there'),
  isRemovalOwed: ({ work }) => when(work.isRemovalOwed, 'removal owed'),
  hasOldSocket: ({ work }) => when(work.superseded.has('socket'), 'old socket'),
  client: ({ work }) => when(work.hasClient, 'client'),
  persistence: ({ work }) => when(work.hasPersistence, 'persistence'),
};

const ALL = Object.values({ ...KEY_PARTS, ...LOOKAHEAD });

/** Every keyPart of a state, whether it counts in its state or not: by them an exploration knows what is new. */
export function allKeyParts(state: ModelState): readonly (string | null)[] {
  return ALL.map((keyPart) => keyPart(state));
}
