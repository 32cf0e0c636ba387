import { describe, expect, it } from 'vitest';
import {
  type ChartSnapshot,
  type ClientSnapshot,
  inactiveSnapshot,
  liveSnapshot,
  timerMsOf,
} from '../../../src/client/client-snapshot.ts';
import { type Explanation, explainChart } from '../../../src/client/explain.ts';
import { type SessionContext, SessionError } from '../../../src/index.ts';
import { lifecycleGraph } from '../explore/paths.ts';

/*
 * Law 10 for prose: in every state that the statechart can come into, each sentence of explain() is looked at alone
 * and held to the snapshot. A sentence that no claim covers fails, too.
 */

const NOW_MS = 1_000_000;
const ELAPSED_MS = 300;

interface Moment {
  readonly chart: ChartSnapshot;
  readonly context: SessionContext;
  readonly state: string;
  readonly snapshot: ClientSnapshot;
  readonly dueAt: number | null;
}

const graph = lifecycleGraph();
const moments = graph.nodes.map((node) => {
  const chart = node.state.snapshot as ChartSnapshot;
  const { context } = chart;
  const snapshot = liveSnapshot(chart, inactiveSnapshot('idle', null), {
    timers: { lastDueAtMs: NOW_MS - ELAPSED_MS + (timerMsOf(node.leaf, context) ?? 0) },
    clock: { now: () => NOW_MS },
    me: null,
    toError: (failure) => new SessionError(failure),
  });
  const moment: Moment = { chart, context, state: node.leaf, snapshot, dueAt: snapshot.dueAt };
  return { node, moment, explanation: explainChart(chart, snapshot, NOW_MS) };
});

/** A sentence, and when it is true. */
type Claim = readonly [sentence: RegExp, isTrue: (moment: Moment, ...parts: string[]) => boolean];

const isIn =
  (...states: readonly string[]) =>
  ({ state }: Moment) =>
    states.includes(state);
const isConnected = ({ state }: Moment) => state.startsWith('connected.');
const nameOf = ({ context: { identity } }: Moment) =>
  identity?.kind === 'anonymous' ? 'an anonymous user' : (identity?.user.id ?? '');
const leaves =
  (...states: readonly string[]) =>
  (moment: Moment, left = '') =>
    isIn(...states)(moment) && moment.dueAt !== null && isAbout(left, moment.dueAt - NOW_MS);
const isAbout = (words: string, ms: number) => Math.abs(Number.parseFloat(words) * 1000 - ms) <= 500;

const CLAIMS: readonly Claim[] = [
  [/The session is starting\./, isIn('restoring')],
  [
    /No user is stored, so there is no one to log in again\./,
    ({ context }) => context.storage.userId === null && context.identity === null,
  ],
  [
    /Stored in an earlier run, (.+?) is being logged in again\./,
    (moment, who) => who === nameOf(moment) && moment.context.login.origin === 'existing' && !isConnected(moment),
  ],
  [
    /The app is logging (.+?) in\./,
    (moment, who) => who === nameOf(moment) && !isConnected(moment) && moment.chart.hasTag('running'),
  ],
  [/The server has accepted (.+?)\./, (moment, who) => who === nameOf(moment) && isConnected(moment)],
  [/The app or the device asked for no connection\./, ({ context }) => context.device.suspended],
  [/The session was suspended, and is resumed\./, ({ context }) => !context.device.suspended],
  [/disconnect\(\) was called\./, ({ context }) => context.reason === 'loggedOut'],
  [/The device had no network, and has one again\./, ({ context }) => context.device.online],
  [
    /(One attempt|\d+ attempts) failed before\./,
    (moment, count = '') =>
      isConnected(moment) && moment.context.pacing.failedAttempts === (Number.parseInt(count, 10) || 1),
  ],
  [
    /(\d+) attempts in a row have failed\./,
    (moment, count) => !isConnected(moment) && moment.context.pacing.failedAttempts === Number(count),
  ],
  [
    /Storage failed; the session goes on without storage\./,
    ({ context }) => context.storage.failure !== null && context.storage.failure.code !== 'userNotForgotten',
  ],
  [
    /User (\S+) is still stored, and may be restored at the next start\./,
    ({ context }, who) => context.storage.failure?.code === 'userNotForgotten' && context.storage.userId === who,
  ],
  [
    /A user is still stored, and may be restored at the next start\./,
    ({ context }) => context.storage.failure?.code === 'userNotForgotten' && context.storage.userId === null,
  ],
  [/Call disconnect\(\) again\./, isIn('loggedOut')],

  [/Storage has (.+?) to respond; then the session goes on without storage\./, leaves('restoring')],
  [/The token source has (.+?) to respond; after that, the load counts as failed\./, leaves('loadingToken')],
  [/The server has (.+?) to say hello; then the attempt counts as failed\./, leaves('connecting.opening')],
  [/The next attempt is due in (.+?), at [\d:]{8}\./, leaves('connecting.waiting', 'connecting.offline')],
  [
    /After this failure the wait is at least (.+?)\./,
    ({ context }, ms) => isAbout(ms ?? '', context.pacing.retryAfterMs),
  ],
  [/Nothing happens until the session is resumed\./, isIn('connecting.suspended')],
  [
    /If the server is silent for too long, the connection is checked, provided that the protocol has pings\./,
    isIn('connected.healthy'),
  ],
  [/The server has (.+?) to respond; then the connection counts as lost\./, leaves('connected.probing')],
  [
    /Storage has (.+?) to remove the stored user; after that, a failure is reported and the socket is closed\./,
    leaves('disconnecting.forgetting'),
  ],
  [/The socket has (.+?) to close; after that it is given up\./, leaves('disconnecting.closing')],
  [/Then (\S+) is logged in\./, ({ context }, who) => context.next?.identity.user.id === who],
  [/Nothing happens until a user logs in again\./, ({ snapshot }) => snapshot.status === 'signInAgain'],
  [/Nothing happens until a user logs in\./, isIn('loggedOut')],
];

describe('each sentence of explain() is true of the snapshot (law 10)', () => {
  it('why, and what happens next', () => {
    const made = new Set<string>();
    const wrong: string[] = [];
    for (const { moment, explanation, node } of moments) {
      const { context, snapshot } = moment;
      let rest = `${explanation.why} ${explanation.next}`;
      // Words of others: they have to be those of this snapshot.
      for (const words of [context.failure?.message, context.storage.failure?.message, snapshot.error?.remedy]) {
        if (words !== undefined) rest = rest.replaceAll(words, '');
      }
      for (const [sentence, isTrue] of CLAIMS) {
        const match = sentence.exec(rest);
        if (match === null) continue;
        if (!isTrue(moment, ...match.slice(1))) wrong.push(`${node.key}: ${match[0]}`);
        made.add(sentence.source);
        rest = rest.replace(match[0], '');
      }
      if (rest.trim() !== '') wrong.push(`${node.key}: no claim is about: ${rest.trim()}`);
    }
    expect(wrong).toEqual([]);
    expect(CLAIMS.map(([{ source }]) => source).filter((source) => !made.has(source))).toEqual([]);
  });

  it('where: no socket is claimed where there is none, no network missing where there is one', () => {
    const wrong = moments.filter(({ moment: { state, context }, explanation: { where } }) => {
      if (!where.includes(`(${state})`)) return true;
      if (/socket is (open|being)/i.test(where) && !/opening|closing/.test(state)) return true;
      return /says it has no network|has no network/.test(where) && context.device.online;
    });
    expect(wrong.map(({ node, explanation }) => `${node.key}: ${explanation.where}`)).toEqual([]);
  });

  it('no sentence lasts longer than it is true: a network that is back is not missing, in no message and no remedy', () => {
    const isBack = moments.filter(({ moment: { context } }) => context.device.online);
    expect(isBack.filter(({ moment }) => moment.context.failure?.code === 'networkOffline')).not.toEqual([]);
    const wrong = isBack.filter(({ moment: { snapshot }, explanation }) => {
      const { status, error } = snapshot;
      const words = [explanation.why, explanation.next, error?.message, error?.remedy].join(' ');
      const others = words.replaceAll('reported that it has no network', '');
      return /has no network|when the network/.test(others) || status === 'offline';
    });
    expect(wrong.map(({ node, explanation }) => `${node.key}: ${explanation.why}`)).toEqual([]);
  });

  it('no sentence is there twice, and no effect repeats its cause', () => {
    const explanations = moments.map(({ explanation }) => explanation);
    const repeated = explanations.filter(({ why }) => {
      const sentences = why.split(/(?<=[.!?]) /);
      return new Set(sentences).size !== sentences.length;
    });
    expect(repeated).toEqual([]);
    const repeating = explanations.flatMap(({ changes }) =>
      changes.filter(({ when, effect }) => {
        const words = when.split(/[ ,]+/).slice(0, 3).join(' ');
        return effect.toLowerCase().startsWith(words);
      }),
    );
    expect(repeating).toEqual([]);
  });

  it('a stored user who could not be removed is named in every state, until storage works again', () => {
    const wrong = moments.filter(({ moment, explanation }) => {
      const isThere = moment.context.storage.failure?.code === 'userNotForgotten';
      return explanation.why.includes('is still stored') !== isThere;
    });
    expect(wrong.map(({ node, explanation }) => `${node.key}: ${explanation.why}`)).toEqual([]);
  });
});

describe('what would change it', () => {
  const BARE = [
    'session.retryNow',
    'session.resume',
    'session.suspend',
    'network.cameOnline',
    'network.wentOffline',
    'app.cameToForeground',
    'session.restore',
  ] as const;

  it('is what the statechart does: each event leads where the explanation says, in its words', () => {
    const wrong = moments.flatMap(({ node, explanation }) =>
      explanation.changes
        .filter(({ event, to, effect }) => {
          const edges = node.edges.filter((edge) => edge.event.type === event);
          const isThere = edges.some(
            ({ to: { leaf }, branches: [branch] }) =>
              leaf === to && branch !== undefined && effect.startsWith(branch.description),
          );
          return !isThere && edges.some(({ branches: [branch] }) => branch?.target != null);
        })
        .map(({ event, effect }) => `${node.key}: ${event}: ${effect}`),
    );
    expect(wrong).toEqual([]);
  });

  it('is complete: what can happen and leads elsewhere is listed', () => {
    const wrong = moments.flatMap(({ node, moment, explanation }) => {
      const listed = new Set<string>(explanation.changes.map(({ event }) => event));
      return node.edges
        .filter(
          ({ event, branches }) => (BARE as readonly string[]).includes(event.type) && branches[0]?.target != null,
        )
        .filter(({ event }) => listed.has(event.type) !== isPossible(event.type, moment))
        .map(({ event }) => `${node.key}: ${event.type}`);
    });
    expect(wrong).toEqual([]);
  });

  /** The device does not report twice what it has reported. */
  function isPossible(type: string, { context }: Moment): boolean {
    if (type === 'network.cameOnline') return !context.device.online;
    if (type === 'network.wentOffline') return context.device.online;
    if (type === 'app.cameToForeground') return context.device.presence === 'background';
    return true;
  }

  it('is said in whole sentences', () => {
    const all = moments.flatMap(({ explanation }: { readonly explanation: Explanation }) => explanation.changes);
    for (const effect of new Set(all.map((change) => change.effect))) expect(effect).toMatch(/^[A-Z].*\.$/);
    for (const when of new Set(all.map((change) => change.when))) expect(when).toMatch(/^[a-z].*[a-z)]$/);
  });
});
