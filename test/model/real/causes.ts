import type { EnvironmentChange, TokenSource, User } from '../../../src/index.ts';
import type { SystemUnderTest } from '../../../src/testing/index.ts';
import type { Identity } from '../../../src/user.ts';
import { restart } from '../../kit/restart.ts';
import type { PathStep } from '../explore/path-cover.ts';
import { settled } from './condition-signal.ts';
import type { HeldWork } from './held-repository.ts';
import { type SessionWorld, STAGES, TICK_MS } from './session-world.ts';

/*
 * How each event of the statechart is caused in a real session. Nothing is ever sent to the statechart.
 */

type Cause = (world: SessionWorld, step: PathStep) => void | Promise<void>;

const RETRY_AFTER_SECONDS = 5;

// What the app does

const connect: Cause = (world, step) => {
  const { event, before } = step;
  if (event.type !== 'session.connect') return;
  const { identity, sourceKey, online } = event;
  const { context } = before.snapshot;
  Object.assign(world.reading, { online, foreground: true });
  const isRunning = before.snapshot.hasTag('running') && context.identity?.id === identity.id;
  // A client without a token provider accepts no one without a source, but whose session runs with one.
  const hasNewTokenSource = sourceKey !== null || !(context.restorable || isRunning);
  world.do(step, () => login(world, identity, hasNewTokenSource ? world.tokens.source() : undefined));
};

function login({ client, calls }: SessionWorld, who: Identity, source?: TokenSource): void {
  const details = { kind: 'connect', words: `connect ${who.id}`, userId: who.id } as const;
  switch (who.kind) {
    case 'anonymous':
      return calls.make(details, client.connectAnonymousUser());
    case 'guest':
      return calls.make(details, client.connectGuestUser({ id: who.id }));
    default:
      return calls.make(details, client.connectUser(who.user, source));
  }
}

const disconnect: Cause = (world, step) => {
  const { event } = step;
  if (event.type !== 'session.disconnect') return;
  const { forgetUser } = event;
  const details = { kind: 'disconnect', words: forgetUser ? 'log out' : 'end', forgetUser } as const;
  world.do(step, () => world.calls.make(details, world.client.disconnect({ forgetUser })));
};

/** Asked while a session ends, the client would look again by itself when it has; here the app does not wait for that. */
const restore: Cause = (world, step) => {
  Object.assign(world.reading, { online: true, foreground: true });
  world.do(step, () => {
    const call = world.client.restore();
    world.calls.make({ kind: 'restore', words: 'restore' }, call);
    if (step.before.snapshot.matches('disconnecting')) call.cancel();
  });
};

const command =
  (name: 'suspend' | 'resume' | 'retryNow'): Cause =>
  (world, step) =>
    world.do(step, () =>
      world.calls.make({ kind: name === 'retryNow' ? name : 'other', words: name }, world.client[name]()),
    );

// What the device does

const change =
  (what: EnvironmentChange): Cause =>
  (world, step) => {
    if (what === 'online' || what === 'offline') world.reading.online = what === 'online';
    if (what === 'foreground' || what === 'background') world.reading.foreground = what === 'foreground';
    world.do(step, () => world.environment.change(what));
  };

const elapse =
  (stage: keyof typeof STAGES): Cause =>
  (world, step) =>
    world.do(step, () => {
      if (world.clock.fire(({ delayMs }) => delayMs === STAGES[stage]) === 0) throw new Error(`No ${stage} runs.`);
    });

const retry: Cause = (world, step) =>
  world.do(step, () => {
    const { nextAttemptAt } = world.client.getSnapshot();
    if (world.clock.fire(({ dueMs }) => dueMs === nextAttemptAt) !== 1) throw new Error('Not one timer is due then.');
  });

// What happens to the actors

const start =
  (id: 'client' | 'persistence'): Cause =>
  (world, step) => {
    if (id === 'client' && !step.before.work.hasClient) {
      return world.causeAndWait(step, () =>
        world.calls.make({ kind: 'restore', words: 'restore' }, world.client.restore()),
      );
    }
    if (id === 'persistence' && !step.before.work.hasPersistence) return world.causeAndWait(step, () => {});
    return world.do(step, () => restart(world.client, id));
  };

// What the token endpoint does

const answerToken =
  (how: 'succeed' | 'fail' | 'refuse'): Cause =>
  (world, step) =>
    world.causeAndWait(step, () => world.tokens.awaited?.[how]());

/** A guest who is refused; or the app brings a token that is none, and asking for it again would not help. */
const hopelessToken: Cause = (world, step) => {
  const { identity, device } = step.before.snapshot.context;
  if (identity?.kind !== 'user') return answerToken('refuse')(world, step);
  world.reading.online = device.online;
  return world.causeAndWait(step, () => login(world, identity, 'not-a-token'));
};

const lateToken =
  (how: 'succeed' | 'fail'): Cause =>
  async (world, step) => {
    await world.tokens.superseded?.[how]();
    world.do(step, () => {});
  };

// What the server does

const onSocket =
  (act: (world: SessionWorld) => unknown): Cause =>
  (world, step) =>
    world.causeAndWait(step, async () => {
      await world.wire.current();
      act(world);
    });

const refuse = (code: number, retryAfterSeconds?: number) =>
  onSocket(({ wire }) => wire.refuse(code, retryAfterSeconds));

/** The app has given the very token that is in use as a fixed one, before the server refuses it. */
const refuseStaticToken: Cause = async (world, step) => {
  const { identity, device } = step.before.snapshot.context;
  await world.wire.current();
  const token = world.wire.newestConnect?.token;
  if (identity?.kind === 'user' && token) {
    world.reading.online = device.online;
    login(world, identity, token);
  }
  return refuse(40)(world, step);
};

const goQuiet: Cause = (world, step) =>
  world.causeAndWait(step, () => {
    world.clock.sleep(STAGES.pingIntervalMs);
    world.clock.fire(({ delayMs }) => delayMs === TICK_MS);
  });

const answerClose: Cause = (world, step) => world.causeAndWait(step, () => world.wire.answerClose());

/** On the old socket, if there still is one. It is not ended before or while its close is awaited: that would be the answer. */
const onOldSocket =
  (act: (world: SessionWorld) => unknown, isEnd = false): Cause =>
  async (world, step) => {
    const { closing, socket } = step.before.work;
    const isLeftOpen = socket?.isSilenced === true;
    const mayEnd = !isLeftOpen && closing === null;
    await world.wire.late(() => (isEnd && !mayEnd ? world.wire.push() : act(world)), isLeftOpen);
    world.do(step, () => {});
  };

const refuseLate = (code: number) => onOldSocket(({ wire }) => wire.refuse(code));

// What the disk does

type Outcome = 'succeed' | 'fail';

/**
 * Lets everything go until the answer is there: a slow disk does one thing after the other. What the awaited read finds was
 * stored only then: an older removal, which reads too, would report it as a change made elsewhere.
 */
async function workOff(
  world: SessionWorld,
  outcome: Outcome,
  isDone: () => boolean,
  { awaited, record }: { readonly awaited: number | undefined; readonly record: User | null | undefined },
): Promise<void> {
  const { repository, bell } = world;
  while (!isDone()) {
    await bell.until(() => isDone() || repository.pending.length > 0, 'the disk is asked');
    const [work] = repository.pending;
    if (isDone() || work === undefined) return;
    if (work.kind === 'read' && work.attempt === awaited && record !== undefined) await repository.put(record);
    await work[outcome]();
    await settled();
  }
}

const answerDisk =
  (outcome: Outcome, recordOf: (step: PathStep) => User | null | undefined = () => undefined): Cause =>
  (world, step) =>
    world.causeAndWait(step, () =>
      workOff(world, outcome, world.hasReceived(step.event.type), {
        awaited: step.before.work.storage?.attempt,
        record: recordOf(step),
      }),
    );

const foundUser = ({ event }: PathStep) => (event.type === 'user.found' ? event.user : null);

const lateDisk =
  (outcome: Outcome): Cause =>
  async (world, step) => {
    const awaited = step.before.work.storage?.attempt;
    await world.repository.pending.find(({ attempt }) => attempt !== awaited)?.[outcome]();
    world.do(step, () => {});
  };

/** A session waits for its own work on the disk, also what it has given up, before it reports a change. */
const changeElsewhere: Cause = (world, step) => {
  const { event } = step;
  if (event.type !== 'user.changedElsewhere') return;
  const { userId } = event;
  const other = userId === null ? null : { id: userId };
  // Another run of the actor would take its success for a change made elsewhere, which ends the session.
  const isRefusedRemoval = ({ kind }: HeldWork) =>
    kind === 'remove' && userId === step.before.snapshot.context.identity?.id;
  return world.causeAndWait(step, async () => {
    // A new profile looks first whether its user is still the one stored.
    await world.repository.put(other);
    for (let [work] = world.repository.pending; work !== undefined; [work] = world.repository.pending) {
      await (isRefusedRemoval(work) ? work.fail() : work.succeed());
      await settled();
    }
    await world.repository.changeElsewhere(other);
  });
};

export const CAUSES: SystemUnderTest<SessionWorld, PathStep>['events'] = {
  'session.connect': connect,
  'session.disconnect': disconnect,
  'session.restore': restore,
  'session.suspend': command('suspend'),
  'session.resume': command('resume'),
  'session.retryNow': command('retryNow'),

  'network.wentOffline': change('offline'),
  'network.cameOnline': change('online'),
  'app.wentToBackground': change('background'),
  'app.cameToForeground': change('foreground'),
  'device.woke': change('woke'),

  'restore.timedOut': elapse('restoreTimeoutMs'),
  'token.timedOut': elapse('tokenTimeoutMs'),
  'hello.timedOut': elapse('helloTimeoutMs'),
  'probe.timedOut': elapse('probeTimeoutMs'),
  'connection.becameStable': elapse('stableAfterMs'),
  'clear.timedOut': elapse('storageWriteTimeoutMs'),
  'close.timedOut': elapse('closeTimeoutMs'),
  'retry.due': retry,

  'client.started': start('client'),
  'persistence.started': start('persistence'),

  'token.loaded': answerToken('succeed'),
  'token.loaded (late)': lateToken('succeed'),
  'token.failed': answerToken('fail'),
  'token.failed (permanent)': hopelessToken,
  'token.failed (late)': lateToken('fail'),

  'hello.received': onSocket(({ wire }) => wire.hello()),
  'hello.received (late)': onOldSocket(({ wire }) => wire.hello()),
  'socket.lost': onSocket(({ wire }) => wire.drop()),
  'socket.lost (asked to wait)': refuse(9, RETRY_AFTER_SECONDS),
  'socket.lost (late)': onOldSocket(({ wire }) => wire.drop(), true),
  'token.refused': refuse(40),
  'token.refused (static)': refuseStaticToken,
  'token.refused (late)': refuseLate(40),
  'token.notValidNow': refuse(41),
  'token.notValidNow (late)': refuseLate(41),
  'app.refused': refuse(2),
  'app.refused (late)': refuseLate(2),
  'user.refused': refuse(17),
  'user.refused (late)': refuseLate(17),
  'server.ended': onSocket(({ wire }) => wire.end()),
  'server.ended (late)': onOldSocket(({ wire }) => wire.end(), true),
  'socket.wentSilent': goQuiet,
  'socket.wentSilent (late)': onOldSocket(({ wire }) => wire.push()),
  'probe.passed': onSocket(({ wire }) => wire.push()),
  'probe.passed (late)': onOldSocket(({ wire }) => wire.push()),
  'socket.closed': answerClose,
  'socket.closed (late)': onOldSocket(({ wire }) => wire.end(), true),

  'user.found': answerDisk('succeed', foundUser),
  'user.found (late)': lateDisk('succeed'),
  'user.missing': answerDisk('succeed', () => null),
  'user.missing (late)': lateDisk('succeed'),
  'user.unreadable': answerDisk('fail'),
  'user.unreadable (late)': lateDisk('fail'),
  'user.saved': answerDisk('succeed'),
  'user.saved (late)': lateDisk('succeed'),
  'user.notSaved': answerDisk('fail'),
  'user.notSaved (late)': lateDisk('fail'),
  'user.cleared': answerDisk('succeed'),
  'user.cleared (late)': lateDisk('succeed'),
  'user.notCleared': answerDisk('fail'),
  'user.notCleared (late)': lateDisk('fail'),
  'user.changedElsewhere': changeElsewhere,
};
