import type { PersistenceCommand } from '../actors/messages.ts';
import { LONGEST_DELAY_MS } from '../clock.ts';
import type { SessionEvent } from '../machines/vocabulary.ts';
import type { Effect, SessionMachine, SessionSnapshot } from './effects.ts';
import type { Ledger } from './ledger.ts';
import { nextSituation, type Situation, type Step } from './situation.ts';
import { NO_WITNESS, type Witness, witness } from './witness.ts';

/*
 * The laws of the design as invariants over what can be heard: what was said to the statechart, what it said to its
 * actors and to the app, which of the six states it shows. How the statechart gets there is not known here.
 */

/** One step as an observer sees it. */
export interface Observation {
  readonly event: SessionEvent;
  readonly before: Situation;
  readonly after: Situation;
  readonly effects: readonly Effect[];
  readonly known: Witness;
  readonly knows: Witness;
}

export interface Invariant {
  /** The number of the law in the design. */
  readonly law: number;
  readonly promise: string;
  /** What is wrong, in a few words, or `null`. */
  readonly breach: (observation: Observation) => string | null;
}

export interface Violation {
  readonly law: number;
  readonly promise: string;
  readonly breach: string;
}

const isIn = (
  { snapshot }: Situation,
  state: 'loggedOut' | 'connected' | 'disconnecting' | 'restoring' | 'loadingToken',
) => snapshot.matches(state);

const clientCommands = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'client' ? [effect.command] : []));
const storageCommands = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'persistence' ? [effect.command] : []));
const facts = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'emitted' ? [effect.fact] : []));

const isSuspended = ({ snapshot }: Situation) => snapshot.context.presence === 'suspended';

/** Whether the fact answers a question that is open. What is no answer is always in place. */
function isAwaited(event: SessionEvent, { load, socket, closing, storage }: Ledger): boolean {
  switch (event.type) {
    case 'token.loaded':
    case 'token.failed':
      return event.attempt === load;
    case 'hello.received':
    case 'socket.lost':
    case 'token.refused':
    case 'token.tooEarly':
    case 'app.refused':
    case 'user.refused':
    case 'server.ended':
    case 'socket.wentQuiet':
    case 'socket.wasHeard':
      return event.attempt === socket?.attempt;
    case 'socket.closed':
      return event.attempt === closing;
    case 'user.found':
    case 'user.missing':
    case 'user.unreadable':
    case 'user.saved':
    case 'user.notSaved':
    case 'user.cleared':
    case 'user.notCleared':
      return event.attempt === storage?.attempt && ANSWERS[storage.type].includes(event.type);
    default:
      return true;
  }
}

type StorageQuestion = Extract<PersistenceCommand, { readonly attempt: number }>['type'];

const ANSWERS: Readonly<Record<StorageQuestion, readonly SessionEvent['type'][]>> = {
  'user.load': ['user.found', 'user.missing', 'user.unreadable'],
  'user.save': ['user.saved', 'user.notSaved'],
  'user.clear': ['user.cleared', 'user.notCleared'],
};

/** A base64url-encoded JSON object, as every JWT begins. */
const TOKEN = /eyJ[\w-]{8,}/;

export const INVARIANTS: readonly Invariant[] = [
  {
    law: 1,
    promise: 'no socket is opened while one is held',
    breach: ({ before, event, effects }) => {
      let held = !isEndOfSocket(event, before.ledger) && before.ledger.socket !== null;
      for (const { type } of clientCommands(effects)) {
        if (type === 'socket.open' && held) return 'a second socket is opened';
        if (type === 'socket.open') held = true;
        if (type === 'socket.close') held = false;
      }
      return null;
    },
  },
  {
    law: 2,
    promise: 'logged out, nothing is held, runs or is awaited',
    breach: ({ after }) => {
      if (!isIn(after, 'loggedOut')) return null;
      const { load, socket, timers, isWatching } = after.ledger;
      if (load !== null) return 'a token is awaited';
      if (socket !== null) return 'a socket is held';
      if (isWatching) return 'storage is watched';
      return timers.size > 0 ? `timers run: ${[...timers.keys()].join(', ')}` : null;
    },
  },
  {
    law: 2,
    promise: 'logged out, only the app starts anything',
    breach: ({ before, event, effects }) =>
      isIn(before, 'loggedOut') && !event.type.startsWith('session.') && effects.length > 0
        ? `${event.type} starts something`
        : null,
  },
  {
    law: 3,
    promise: 'every login is accepted or refused at once',
    breach: ({ event, effects }) => {
      const answers = facts(effects).filter(({ type }) => type === 'connect.accepted' || type === 'connect.refused');
      const expected = event.type === 'session.connect' ? 1 : 0;
      return answers.length === expected ? null : `${answers.length} answers`;
    },
  },
  {
    law: 3,
    promise: 'no call waits once nothing is under way',
    breach: ({ after, knows }) => {
      if (!isIn(after, 'loggedOut')) return null;
      if (knows.hasLogins) return 'a login waits';
      if (knows.isRestoring) return 'a restore waits';
      return knows.isEnding ? 'a logout waits' : null;
    },
  },
  {
    law: 3,
    promise: 'restoring is answered once',
    breach: ({ known, effects }) => {
      const answers = facts(effects).filter(({ type }) => type === 'restore.settled').length;
      return answers > (known.isRestoring ? 1 : 0) ? 'answered again' : null;
    },
  },
  {
    law: 4,
    promise: 'a fact that answers no open question changes nothing',
    breach: ({ before, after, event, effects }) => {
      if (isAwaited(event, before.ledger)) return null;
      if (effects.length > 0) return `${event.type} has an effect`;
      return sameSnapshot(before.snapshot, after.snapshot) ? null : `${event.type} changes the session`;
    },
  },
  {
    law: 4,
    promise: 'sockets and tokens are asked for the user of the session, tokens from their own source',
    breach: ({ knows, effects }) => {
      for (const command of clientCommands(effects)) {
        if (command.type !== 'token.load' && command.type !== 'socket.open') continue;
        if (command.identity.kind !== knows.user?.kind || command.identity.id !== knows.user.id) {
          return `${command.type} for ${command.identity.id}`;
        }
        if (command.type === 'token.load' && command.key !== knows.key) return `from source ${command.key}`;
      }
      return null;
    },
  },
  {
    law: 4,
    promise: 'whoever joins a login is the same user, and nobody else is refused',
    breach: ({ event, known, effects }) => {
      if (event.type !== 'session.connect') return null;
      const running = known.isEnding ? (known.next?.user ?? null) : known.user;
      const isSame = running === null || (running.kind === event.identity.kind && running.id === event.identity.id);
      const isAccepted = facts(effects).some(({ type }) => type === 'connect.accepted');
      if (isAccepted === isSame) return null;
      return isAccepted ? 'another user joins' : 'the same user is refused';
    },
  },
  {
    law: 5,
    promise: 'disconnect ends the session at once, and a timer bounds what is left',
    breach: ({ after, event }) => {
      if (event.type !== 'session.disconnect') return null;
      if (!isIn(after, 'disconnecting')) return 'the session goes on';
      return after.ledger.timers.size > 0 ? null : 'nothing bounds it';
    },
  },
  {
    law: 5,
    promise: 'what was told to end comes to an end',
    breach: ({ after }) => (isIn(after, 'disconnecting') && after.ledger.timers.size === 0 ? 'no timer runs' : null),
  },
  {
    law: 6,
    promise: 'a logout removes the stored user before anything is closed',
    breach: ({ event, before, effects, known }) => {
      if (event.type !== 'session.disconnect' || !event.forgetUser) return null;
      if (known.removal?.ofEveryone === true && (known.removal.isDone || before.ledger.storage !== null)) return null;
      const clears = storageCommands(effects).some(
        (command) => command.type === 'user.clear' && command.onlyUserId === undefined,
      );
      if (!clears) return 'it is not asked for';
      return clientCommands(effects).some(({ type }) => type === 'socket.close') ? 'the socket is closed first' : null;
    },
  },
  {
    law: 6,
    promise: 'a user is said to be forgotten only when storage said so',
    breach: ({ effects, known }) => {
      const lie = facts(effects).some((fact) => fact.type === 'session.closed' && fact.forgotten === 'yes');
      return lie && known.removal?.isDone !== true ? 'forgotten is claimed' : null;
    },
  },
  {
    law: 6,
    promise: 'nothing is stored while a session ends',
    breach: ({ after, effects }) =>
      isIn(after, 'disconnecting') && storageCommands(effects).some(({ type }) => type === 'user.save')
        ? 'a user is stored'
        : null,
  },
  {
    law: 7,
    promise: 'the stored user is removed by a logout, or when the server refuses that user',
    breach: ({ knows, effects }) => {
      for (const command of storageCommands(effects)) {
        if (command.type !== 'user.clear') continue;
        if (!knows.isForgetting && knows.refusedUserId === null) return 'nobody asked for it';
        if (!knows.isForgetting && command.onlyUserId !== knows.refusedUserId) return 'others are removed too';
      }
      return null;
    },
  },
  {
    law: 7,
    promise: 'only a registered user who was greeted is stored',
    breach: ({ after, effects, knows }) => {
      const saves = storageCommands(effects).filter(({ type }) => type === 'user.save');
      if (saves.length === 0) return null;
      if (knows.user?.kind !== 'user') return 'somebody else is stored';
      return after.ledger.socket?.phase === 'open' ? null : 'it is not greeted';
    },
  },
  {
    law: 8,
    promise: 'who is not connected, away or out has a timer running, so it comes back',
    breach: ({ after }) => {
      if (isIn(after, 'loggedOut') || isIn(after, 'connected') || after.snapshot.matches({ connecting: 'suspended' })) {
        return null;
      }
      return after.ledger.timers.size > 0 ? null : 'nothing will happen';
    },
  },
  {
    law: 8,
    promise: 'delays are above zero, within what platforms keep, and not below what the server asked',
    breach: ({ event, effects, after }) => {
      for (const effect of effects) {
        if (effect.kind !== 'timerStarted') continue;
        if (!(effect.delayMs > 0 && effect.delayMs <= LONGEST_DELAY_MS)) return `a timer of ${effect.delayMs} ms`;
        const isRetry = effect.event.type === 'retry.due';
        if (isRetry && event.type === 'socket.lost' && effect.delayMs < after.snapshot.context.floorMs) {
          return `${effect.delayMs} ms where the server asked for ${after.snapshot.context.floorMs}`;
        }
      }
      return null;
    },
  },
  {
    law: 8,
    promise: 'no loop of failures opens sockets without a pause',
    breach: ({ knows }) => (knows.openedInARow > 2 ? `${knows.openedInARow} sockets in a row` : null),
  },
  {
    law: 8,
    promise: 'the third token that is refused in a row ends the session',
    breach: ({ event, known, knows, before, effects }) => {
      if (event.type !== 'token.refused' || known.isEnding || !isAwaited(event, before.ledger)) return null;
      const isEnded = facts(effects).some(({ type }) => type === 'session.ended');
      if (isEnded) return knows.refusals < 3 && event.renewable ? 'it ends too early' : null;
      return knows.refusals >= 3 || !event.renewable ? 'it goes on' : null;
    },
  },
  {
    law: 9,
    promise: 'nothing that looks like a token is in events, context or commands',
    breach: ({ after, effects }) => {
      if (effects.length === 0) return null;
      return TOKEN.test(JSON.stringify([after.snapshot.context, effects])) ? 'a token' : null;
    },
  },
  {
    law: 10,
    promise: 'connected means greeted on the socket that is held, for this user',
    breach: ({ after }) => {
      const { socket } = after.ledger;
      const { identity, connectionId } = after.snapshot.context;
      if (!isIn(after, 'connected')) return connectionId === null ? null : 'a connection id is kept';
      if (socket?.phase !== 'open') return 'no socket is open';
      if (socket.userId !== identity?.id) return 'the socket is for somebody else';
      return connectionId === null ? 'there is no connection id' : null;
    },
  },
  {
    law: 10,
    promise: 'connected is told when a hello is received',
    breach: ({ event, effects }) =>
      facts(effects).some(({ type }) => type === 'session.connected') && event.type !== 'hello.received'
        ? `told on ${event.type}`
        : null,
  },
  {
    law: 10,
    promise: 'suspended, no socket is held and none is opened',
    breach: ({ after }) => (isSuspended(after) && after.ledger.socket !== null && !isEnding(after) ? 'a socket' : null),
  },
  {
    law: 11,
    promise: 'the statechart runs',
    breach: ({ after }) => (after.snapshot.status === 'active' ? null : `it is ${after.snapshot.status}`),
  },
];

/** The socket of a session that ends is closed after the stored user was removed. */
const isEnding = (situation: Situation) => isIn(situation, 'disconnecting');

function isEndOfSocket(event: SessionEvent, { socket }: Ledger): boolean {
  switch (event.type) {
    case 'client.started':
      return true;
    case 'socket.lost':
    case 'token.refused':
    case 'token.tooEarly':
    case 'app.refused':
    case 'user.refused':
    case 'server.ended':
      return event.attempt === socket?.attempt;
    default:
      return false;
  }
}

function sameSnapshot(one: SessionSnapshot, other: SessionSnapshot): boolean {
  return (
    one === other ||
    (JSON.stringify(one.value) === JSON.stringify(other.value) &&
      JSON.stringify(one.context) === JSON.stringify(other.context))
  );
}

/** Follows one session, step by step, and says which laws a step breaks. */
export class Observer {
  #known: Witness = NO_WITNESS;

  observe(event: SessionEvent, before: Situation, after: Step): Violation[] {
    const known = this.#known;
    const knows = witness(known, event, after.effects);
    this.#known = knows;
    const observation: Observation = { event, before, after, effects: after.effects, known, knows };
    return INVARIANTS.flatMap(({ law, promise, breach }) => {
      const what = breach(observation);
      return what === null ? [] : [{ law, promise, breach: what }];
    });
  }
}

/** Takes one event on the machine and checks the laws. */
export function observedStep(
  machine: SessionMachine,
  observer: Observer,
  before: Situation,
  event: SessionEvent,
): { readonly after: Step; readonly violations: readonly Violation[] } {
  const after = nextSituation(machine, before, event);
  return { after, violations: observer.observe(event, before, after) };
}
