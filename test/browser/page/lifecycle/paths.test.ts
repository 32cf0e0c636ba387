import { afterAll, describe, expect, it } from 'vitest';
import { leafOf, type SystemUnderTest, testLifecycle } from '../../../../src/testing/index.ts';
import { INVARIANTS } from '../../../kit/oracles/expected-results/expectations.ts';
import type { SessionSnapshot } from '../../../model/explore/effects.ts';
import type { PathStep } from '../../../model/explore/path-cover.ts';
import { modelPaths } from '../../../model/paths.ts';
import { CAUSES } from '../../../model/real/causes.ts';
import { PageTally } from './branch-coverage.ts';
import { PageWire } from './wire.ts';
import { PageWorld } from './world.ts';

/*
 * Every lifecycle transition over a React app in a real browser. Causes and expectations are those that the client meets
 * in a Node process; what is drawn, what the server counts and what `localStorage` holds are looked at besides.
 */

type Cause = SystemUnderTest<PageWorld, PathStep>['events'][string];
type Check = (world: PageWorld, step: PathStep) => void | Promise<void>;

const tally = new PageTally();
const paths = modelPaths();

/** The app is started by rendering it. */
const render: Cause = (world, step) => world.causeAndWait(step, () => world.app.start(world.client));

function inPage(name: string, cause: Cause): Cause {
  return async (world, step) => {
    await world.prepare(step);
    const isStart = name === 'client.started' && !step.before.work.hasClient;
    await (isStart ? render : cause)(world, step);
  };
}

const events = Object.fromEntries(Object.entries(CAUSES).map(([name, cause]) => [name, inPage(name, cause)]));

const hasSocket = new Set(['connecting.opening', 'connected.healthy', 'connected.probing']);

const atTheServer: Check = (world, step) => {
  if (world.isAhead(step)) return;
  const { server, wire } = world;
  const leaf = leafOf(step.after.snapshot);
  const { openNow } = server.counts();
  // What is stored is removed before anything is closed.
  if (leaf === 'disconnecting.forgetting') return expect(openNow).toBeLessThanOrEqual(1);
  expect(openNow).toBe(wire.isClosing || hasSocket.has(leaf) ? 1 : 0);
};

/** What the path says of the session, beyond where it is. */
const seen = ({ context }: SessionSnapshot) => ({
  user: context.identity?.id ?? null,
  next: context.next?.identity.id ?? null,
  storedUserId: context.storage.userId,
  isConnected: context.connectionId !== null,
  token: context.login.token,
  origin: context.login.origin,
  online: context.device.online,
  presence: context.device.presence,
  suspended: context.device.suspended,
  failures: context.pacing.failedAttempts,
  refusals: context.login.refusals,
  pace: context.pacing.quickRetry,
  save: context.storage.save,
  forget: context.storage.forget,
  forgotten: context.storage.forgotten,
});

const asThePathSays: Check = (world, step) => {
  if (world.isAhead(step)) return;
  expect(seen(world.client.actor.getSnapshot())).toEqual(seen(step.after.snapshot));
};

const app: SystemUnderTest<PageWorld, PathStep> = {
  start: (path) => PageWorld.start(path),
  events,
  invariants: {
    ...INVARIANTS,
    'it is the session of the path in all that guards read': asThePathSays,
    'every event that is no late one takes the branch of the path': (world, step) => world.count(tally, step),
    'law 1, 2: the server has the sockets open that it should have': atTheServer,
    'law 10: what is drawn is what the session says': (world) => world.seeDrawn(),
    'law 6, 7: localStorage holds what was done to it': ({ repository }) => {
      expect(repository.stored()).toBe(repository.record?.id ?? null);
    },
  },
  stop: (world) => world.stop(),
};

afterAll(PageWire.liftAll);

testLifecycle(app, { describe, test: it }, paths);

describe('all paths together', () => {
  it('every branch is taken in a page, but those that drop what actors never tell', () => {
    const steps = paths.reduce((sum, { events: { length } }) => sum + length, 0);
    // biome-ignore lint/suspicious/noConsole: the sums are for those who run the tests
    console.info(`${paths.length} paths, ${steps} steps\n${tally}`);
    expect(tally.steps).toBe(steps);
    expect(tally.unexplained).toEqual([]);
  });
});
