import type { SessionEvent } from '../../src/machines/types.ts';
import { leavesOf } from './explore/branches.ts';
import type { SessionMachine } from './explore/effects.ts';
import { EVENT_TYPES } from './explore/event-cases.ts';

type Type = SessionEvent['type'];

/** Why a state has no answer to an event. */
export interface IgnoreRule {
  readonly name: string;
  /** The law of the design that asks for it. */
  readonly law: number;
  readonly because: string;
  readonly ignores: readonly Ignored[];
}

interface Ignored {
  readonly events: readonly Type[];
  /** States, with all that is inside of them. */
  readonly states?: readonly string[];
  /** All states but these. */
  readonly exceptIn?: readonly string[];
}

const AWAITED_ON_A_SOCKET = ['connecting.opening', 'connected'];

/** Every pair of state and event is answered by the statechart, or ignored by exactly one of these. */
export const IGNORE_RULES: readonly IgnoreRule[] = [
  {
    name: 'late answer',
    law: 4,
    because: 'Nothing waits for it here, so it replies to what was given up.',
    ignores: [
      { events: ['token.loaded', 'token.failed'], exceptIn: ['loadingToken'] },
      {
        events: [
          'hello.received',
          'socket.lost',
          'token.refused',
          'token.notValidNow',
          'app.refused',
          'user.refused',
          'server.ended',
        ],
        exceptIn: AWAITED_ON_A_SOCKET,
      },
      { events: ['socket.wentSilent'], exceptIn: ['connected.healthy'] },
      { events: ['probe.passed'], exceptIn: ['connected.probing'] },
      { events: ['socket.closed'], exceptIn: ['disconnecting.closing'] },
      { events: ['user.cleared', 'user.notCleared'], exceptIn: ['disconnecting.forgetting'] },
    ],
  },
  {
    name: 'stopped timer',
    law: 2,
    because: 'Its state was left, and with it the timer was cancelled.',
    ignores: [
      { events: ['restore.timedOut'], exceptIn: ['restoring'] },
      { events: ['token.timedOut'], exceptIn: ['loadingToken'] },
      { events: ['hello.timedOut'], exceptIn: ['connecting.opening'] },
      { events: ['retry.due'], exceptIn: ['connecting.waiting', 'connecting.offline'] },
      { events: ['probe.timedOut'], exceptIn: ['connected.probing'] },
      { events: ['connection.becameStable'], exceptIn: ['connected'] },
      { events: ['clear.timedOut'], exceptIn: ['disconnecting.forgetting'] },
      { events: ['close.timedOut'], exceptIn: ['disconnecting.closing'] },
    ],
  },
  {
    name: 'no wait to cut short',
    law: 8,
    because: 'Only a wait can be cut short, and only a held socket can have died in its sleep.',
    ignores: [
      { events: ['session.retryNow'], exceptIn: ['connecting.waiting', 'connecting.offline'] },
      { events: ['device.woke'], exceptIn: ['connecting.waiting', 'connecting.offline', 'connected.healthy'] },
    ],
  },
  {
    name: 'restored already',
    law: 3,
    because: 'Storage is asked while no one is logged in; the call is answered from what is known.',
    ignores: [{ events: ['session.restore'], exceptIn: ['loggedOut'] }],
  },
  {
    name: 'nothing was asked of the actor',
    law: 2,
    because: 'An actor that starts anew has lost nothing that this state waits for.',
    ignores: [{ events: ['client.started'], states: ['restoring', 'loggedOut', 'disconnecting.forgetting'] }],
  },
  {
    name: 'no session to end',
    law: 7,
    because: 'A change in another tab concerns a running session only; it is never cleared from here.',
    ignores: [{ events: ['user.changedElsewhere'], states: ['restoring', 'loggedOut', 'disconnecting'] }],
  },
];

/** A pair of state and event that is neither answered nor ignored by exactly one rule. */
export interface UnclearPair {
  readonly state: string;
  readonly event: string;
  readonly isAnswered: boolean;
  readonly rules: readonly string[];
}

export interface PairCount {
  readonly answered: number;
  readonly ignored: number;
  readonly unclear: readonly UnclearPair[];
}

export function countPairs(machine: SessionMachine, rules: readonly IgnoreRule[] = IGNORE_RULES): PairCount {
  const events = [...new Set([...EVENT_TYPES, ...machine.events])];
  const pairs = leavesOf(machine).flatMap((state) =>
    events.map((event) => ({
      state,
      event,
      isAnswered: isAnswered(machine, state, event),
      rules: rules.filter((rule) => isIgnored(rule, state, event)).map(({ name }) => name),
    })),
  );
  return {
    answered: pairs.filter((pair) => pair.isAnswered).length,
    ignored: pairs.filter((pair) => !pair.isAnswered).length,
    unclear: pairs.filter((pair) => pair.rules.length !== (pair.isAnswered ? 0 : 1)),
  };
}

function isAnswered(machine: SessionMachine, leaf: string, event: string): boolean {
  const nodes = leaf.split('.').map((_, index, names) => `${machine.id}.${names.slice(0, index + 1).join('.')}`);
  return [machine.id, ...nodes].some((id) => machine.getStateNodeById(id).transitions.has(event));
}

function isIgnored({ ignores }: IgnoreRule, state: string, event: string): boolean {
  const isIn = (outer: string) => state === outer || state.startsWith(`${outer}.`);
  return ignores.some(
    ({ events, states, exceptIn }) =>
      (events as readonly string[]).includes(event) && (states?.some(isIn) ?? true) && !(exceptIn?.some(isIn) ?? false),
  );
}
