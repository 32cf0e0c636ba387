import type { SessionEvent } from '../../../src/machines/types.ts';
import { INVARIANTS } from '../../kit/oracles/laws/index.ts';
import { NOTHING_OBSERVED, type ObservedSession, observe } from '../../kit/oracles/laws/observed-session.ts';
import { SPEC_RULES } from '../../kit/oracles/spec-rules/index.ts';
import { INITIAL_SPEC_STATE, type SpecState, updateSpec } from '../../kit/oracles/spec-rules/spec-state.ts';
import type { SessionMachine } from '../../model/explore/effects.ts';
import { type ModelState, nextState, type Step } from '../../model/explore/model-state.ts';

/** All that an observer has made of a session so far. */
export interface OracleState {
  readonly observed: ObservedSession;
  readonly spec: SpecState;
}

export const INITIAL_ORACLE_STATE: OracleState = { observed: NOTHING_OBSERVED, spec: INITIAL_SPEC_STATE };

/** No token comes by here, and to look for one takes longer than all the rest. */
const LAWS = INVARIANTS.filter(({ law }) => law !== 9);

export interface Seen {
  readonly oracle: OracleState;
  readonly state: ModelState;
}

/** One event, with every law and spec rule checked. Returns what was broken, or where that leads. */
export function step(
  machine: SessionMachine,
  oracle: OracleState,
  before: ModelState,
  event: SessionEvent,
): Seen | string {
  let after: Step;
  try {
    after = nextState(machine, before, event);
  } catch (cause) {
    return `law 11, the statechart runs: ${cause instanceof Error ? cause.message.slice(0, 80) : cause}`;
  }
  const knows = observe(oracle.observed, event, after.effects);
  const observation = { event, before, after, effects: after.effects, known: oracle.observed, knows };
  for (const { law, promise, breach } of LAWS) {
    const what = breach(observation);
    if (what !== null) return `law ${law}, ${promise}: ${what}`;
  }
  const spec = updateSpec(oracle.spec, observation);
  for (const [promise, breach] of SPEC_RULES) {
    const what = breach({ ...observation, had: oracle.spec, has: spec });
    if (what !== null) return `${promise}: ${what}`;
  }
  return { oracle: { observed: knows, spec }, state: after };
}

const MOST_STEPS = 30;

/**
 * Faults stop: the device has a network, the app is in front, whatever is asked is answered well, and timers fire.
 * With `stumbles`, the first question is not answered in time.
 * Then the user who is logged in is connected soon, and a session that ends is over soon (laws 5 and 8).
 */
export function endsWell(
  machine: SessionMachine,
  oracle: OracleState,
  state: ModelState,
  stumbles = false,
): string | null {
  let now: Seen = { oracle, state };
  let mayStumble = stumbles;
  for (const event of [
    ...(state.work.hasClient ? [] : [{ type: 'client.started' } as const]),
    ...(state.work.hasPersistence ? [] : [{ type: 'persistence.started' } as const]),
    ...(state.snapshot.matches('loggedOut')
      ? []
      : ([{ type: 'network.cameOnline' }, { type: 'app.cameToForeground' }, { type: 'session.resume' }] as const)),
  ]) {
    const taken = step(machine, now.oracle, now.state, event);
    if (typeof taken === 'string') return taken;
    now = taken;
  }
  for (let steps = 0; ; steps += 1) {
    const stumble = mayStumble ? badAnswer(now.state) : null;
    if (stumble !== null) mayStumble = false;
    const event = stumble ?? goodAnswer(now.state);
    if (event === null) break;
    if (steps > MOST_STEPS) return 'law 8, it comes back: nothing comes to rest';
    const taken = step(machine, now.oracle, now.state, event);
    if (typeof taken === 'string') return `${taken}, on ${event.type}`;
    now = taken;
  }
  const { observed: known } = now.oracle;
  const { snapshot } = now.state;
  if (known.user !== null && !snapshot.matches('connected')) return 'law 8, it comes back: it does not';
  if (known.user === null && !snapshot.matches('loggedOut')) return 'law 5, what ended is over: it is not';
  const { status, context } = snapshot;
  if (status !== 'active') return 'law 11: the statechart stopped';
  if (known.user !== null && (context.pacing.failedAttempts !== 0 || context.failure !== null))
    return 'failures are remembered';
  return null;
}

/** No answer at all, once: what is asked runs into its time-out. */
function badAnswer({ work: { load, socket, timers } }: ModelState): SessionEvent | null {
  const ids = [...timers.values()].map(({ event }) => event);
  if (load !== null) return ids.find(({ type }) => type === 'token.timedOut') ?? null;
  return socket?.phase === 'opening' ? (ids.find(({ type }) => type === 'hello.timedOut') ?? null) : null;
}

/** What a well-behaved world does next; `null` when nothing is asked of it and no timer runs. */
function goodAnswer({ work, snapshot }: ModelState): SessionEvent | null {
  const { load, socket, closing, storage, timers } = work;
  if (storage !== null) {
    const { attempt } = storage;
    const stored = snapshot.context.storage.userId;
    if (storage.type === 'user.save') return { type: 'user.saved', attempt };
    if (storage.type === 'user.clear') return { type: 'user.cleared', attempt };
    return stored === null ? { type: 'user.missing', attempt } : { type: 'user.found', attempt, user: { id: stored } };
  }
  if (load !== null) {
    const { identity } = snapshot.context;
    const user = identity?.kind === 'guest' ? { user: { id: identity.id } } : {};
    return { type: 'token.loaded', attempt: load, ...user };
  }
  if (socket?.phase === 'opening') {
    return { type: 'hello.received', attempt: socket.attempt, connectionId: `c${socket.attempt}` };
  }
  if (socket?.isListenedFor === true) return { type: 'probe.passed', attempt: socket.attempt, byFrame: true };
  if (closing !== null) return { type: 'socket.closed', attempt: closing };
  const [next] = [...timers.values()].sort((one, other) => one.delayMs - other.delayMs);
  return next?.event ?? null;
}
