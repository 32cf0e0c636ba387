import { expect } from 'vitest';
import type { TestFramework } from '../../../src/testing/index.ts';
import { sessionOf } from '../../kit/session-of.ts';
import type { Branch } from '../explore/branches.ts';
import { BRANCHES, type BranchCoverage, dropsLateFacts } from './branch-coverage.ts';
import { settled } from './condition-signal.ts';
import { DelayedDelivery } from './delayed-delivery.ts';
import { devServer } from './dev-server.ts';
import { ALICE, BOB, SessionDriver } from './session-driver.ts';
import { STAGES, TICK_MS } from './session-world.ts';
import { RealWorld } from './world.ts';

/*
 * Law 4 where only the statechart is left to keep it: a fact that a real actor has reported for a real reason, while that was
 * its newest attempt, and that arrives when the session has moved on. One test for each branch that drops such a fact.
 */

const COURSE = { name: 'late facts', input: { restorable: true } };

type ReportLate = (journey: SessionDriver, isReported: () => boolean) => void | Promise<void>;

const onSocket =
  (act: (world: RealWorld) => unknown): ReportLate =>
  async ({ world }) => {
    await world.wire.current();
    act(world);
  };

const refuse = (code: number) => onSocket(({ wire }) => wire.refuse(code));

const disk =
  (outcome: 'succeed' | 'fail'): ReportLate =>
  (journey, isReported) =>
    journey.workOff(outcome, isReported);

/** Why the real actors report each fact. */
const REPORTS: Readonly<Record<string, ReportLate>> = {
  'token.loaded': ({ world: { tokens } }) => tokens.awaited?.succeed(),
  'token.failed': ({ world: { tokens } }) => tokens.awaited?.fail(),

  'hello.received': onSocket(({ wire }) => wire.hello()),
  'socket.lost': onSocket(({ wire }) => wire.drop()),
  'token.refused': refuse(40),
  'token.notValidNow': refuse(41),
  'app.refused': refuse(2),
  'user.refused': refuse(17),
  'server.ended': onSocket(({ wire }) => wire.end()),
  'socket.wentSilent': ({ world: { clock } }) => {
    clock.sleep(STAGES.pingIntervalMs);
    clock.fire(({ delayMs }) => delayMs === TICK_MS);
  },
  'probe.passed': onSocket(({ wire }) => wire.push()),
  'socket.closed': ({ world: { wire } }) => wire.answerClose(),

  'user.found': async (journey, isReported) => {
    await journey.world.repository.put(ALICE);
    await journey.workOff('succeed', isReported);
  },
  'user.missing': disk('succeed'),
  'user.unreadable': disk('fail'),
  'user.saved': disk('succeed'),
  'user.notSaved': disk('fail'),
  'user.cleared': disk('succeed'),
  'user.notCleared': disk('fail'),
};

/** Where a fact is reported that is awaited elsewhere, too: storage is asked to keep a user when they are connected. */
const REPORTED_IN: Readonly<Record<string, string>> = { 'user.saved': 'connected', 'user.notSaved': 'connected' };

/** Where a branch is met: those that hold in every state, in the one that awaits the fact. */
const placeOf = ({ state, event }: Branch) => (state === '(root)' ? (REPORTED_IN[event] ?? 'connected') : state);

interface Way {
  readonly words: string;
  /** What it does with the session that waits for the fact. */
  readonly leave: (journey: SessionDriver) => void;
  readonly fits: (reported: { readonly state: string; readonly event: string }) => boolean;
}

const isEnding = (state: string) => state.startsWith('disconnecting');

/** How a session moves on from what was reported: what is late then belongs to something that is over. */
const WAYS: readonly Way[] = [
  {
    words: 'the attempt before',
    leave: (journey) => journey.loseHeart(),
    // A session stores its user once, so another one has to have been before.
    fits: ({ event }) => REPORTED_IN[event] === undefined,
  },
  {
    words: 'the session before',
    leave: (journey) => journey.logOut(),
    fits: ({ state }) => !isEnding(state),
  },
  {
    words: 'the user before',
    leave: (journey) => {
      journey.switchUser(BOB);
      if (isEnding(journey.state)) journey.loseHeart();
    },
    fits: () => true,
  },
];

/** Whatever could be changed by a fact, as the session, its actors, the server and the disk see it. */
async function everything({ world }: SessionDriver, post: DelayedDelivery, emitted: readonly unknown[]) {
  const { client, calls, clock, server, repository, tokens, wire, environment } = world;
  const { context, value } = sessionOf(client).chart;
  return {
    value,
    context,
    snapshot: client.getSnapshot(),
    emitted: emitted.length,
    commands: post.commands,
    results: calls.all.map(({ results }) => results.length),
    timers: { running: clock.running, everSet: clock.everSet },
    sockets: { opened: wire.sockets.length, openNow: server.counts().openNow },
    stored: await repository.inspect(),
    disk: { asked: repository.pending.length, changes: repository.changes.length, watchers: repository.watchers },
    loads: tokens.pending.length,
    devices: environment.listeners,
  };
}

async function testLateFact(branch: Branch, { words, leave }: Way, tally: BranchCoverage): Promise<void> {
  const { id, event } = branch;
  const state = placeOf(branch);
  const world = await RealWorld.start(COURSE, devServer('file'));
  try {
    const journey = new SessionDriver(world);
    const post = new DelayedDelivery(world.client, () => world.bell.ring());
    const { taken } = world;
    const report = REPORTS[event];
    if (report === undefined) throw new Error(`Nothing says why ${event} is reported.`);

    await journey.reach(REPORTED_IN[event] ?? state);
    post.hold(event);
    await report(journey, () => post.isHolding);
    await world.bell.until(() => post.isHolding, `${event} is reported`);
    leave(journey);
    await journey.reach(state);

    const run = sessionOf(world.client);
    const emitted: unknown[] = [];
    world.client.actor.on('*', (fact) => emitted.push(fact));
    const before = await everything(journey, post, emitted);
    const seen = taken.branches.length;
    post.deliver();
    await settled();
    expect(taken.branches.slice(seen), `what ${event} of ${words} meets`).toEqual([id]);
    const after = await everything(journey, post, emitted);
    expect(after).toEqual(before);
    expect(run.chart.context, 'the very same context').toBe(before.context);
    expect(world.client.getSnapshot(), 'the very same snapshot').toBe(before.snapshot);

    // Law 8, 10: and it goes on from there.
    await journey.reach('connected');
    expect(world.client.getSnapshot().user).toEqual(journey.user);
    expect(world.server.counts()).toMatchObject({ openNow: 1, highestOpen: 1 });
    tally.add(taken);
  } finally {
    await world.stop();
  }
}

/** One test for each way in which each fact that can come late does. */
export function testLateFacts({ describe, test }: TestFramework, tally: BranchCoverage): void {
  describe('law 4: what is reported of what is over changes nothing', () => {
    test('no state takes a fact of an actor without checking which attempt it belongs to', async () => {
      const first = BRANCHES.filter(({ id, event }) => id.endsWith('#1') && REPORTS[event] !== undefined);
      // These look at the attempt too: a login that storage was too slow for still learns who is stored.
      const checked = ['isRecordOfThisUser', 'isRecordAwaited'];
      const trusted = first.filter((branch) => !dropsLateFacts(branch) && !checked.includes(branch.guard ?? ''));
      expect(trusted.map(({ id }) => id)).toEqual([]);
    });
    for (const branch of BRANCHES.filter(dropsLateFacts)) {
      const { event } = branch;
      const state = placeOf(branch);
      for (const way of WAYS.filter(({ fits }) => fits({ state: REPORTED_IN[event] ?? state, event }))) {
        const name = `${state}: a ${event} of ${way.words}, reported late, changes nothing`;
        test(name.replace(/ a (?=[aeio])/, ' an '), () => testLateFact(branch, way, tally));
      }
    }
  });
}
