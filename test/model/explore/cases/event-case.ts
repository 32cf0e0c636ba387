import type { FailureInfo } from '../../../../src/errors.ts';
import type { SessionEvent } from '../../../../src/machines/types.ts';
import type { ModelState } from '../model-state.ts';
import type { Superseded } from '../outstanding-work.ts';
import { sameUser } from '../users.ts';

export type EventType = SessionEvent['type'];
export type EventOf<T extends EventType> = Extract<SessionEvent, { readonly type: T }>;

/**
 * One way in which an event can come, said relative to the state: "the same user", "with the attempt that is
 * current". Together the cases of a type let every guard that reads it be both true and false.
 */
export interface EventCase<Event extends SessionEvent = SessionEvent> {
  /** Unique: the type, and where a type has several cases, which: `token.loaded (late)`. */
  readonly name: string;
  readonly type: Event['type'];
  /** What happens, for the name of a path: `loses the socket`. */
  readonly words: string;
  /** The event as it would be here. */
  readonly event: (state: ModelState) => Event;
  /** Whether a session with actors that keep their promises can meet it here. Anything else is a lie, and ignored. */
  readonly canHappen: (state: ModelState) => boolean;
  /** Set where the event replies to a question that was given up: there must have been one. */
  readonly late?: Superseded;
}

export const always = () => true;
export const fail = (code: FailureInfo['code'], message: string): FailureInfo => ({ code, message });

interface CaseOptions<T extends EventType> {
  readonly words: string;
  readonly event: (state: ModelState) => EventOf<T>;
  readonly canHappen?: (state: ModelState) => boolean;
}

export function one<T extends EventType>(
  type: T,
  which: string | null,
  options: CaseOptions<T>,
): EventCase<EventOf<T>> {
  return {
    type: type as EventOf<T>['type'],
    name: which === null ? type : `${type} (${which})`,
    canHappen: always,
    ...options,
  };
}

/** An event without a payload. */
export type Bare = { [T in EventType]: { readonly type: T } extends EventOf<T> ? T : never }[EventType];
export const bare = <T extends Bare>(type: T, words: string, canHappen: CaseOptions<T>['canHappen'] = always) =>
  one(type, null, { words, event: () => ({ type }) as EventOf<T>, canHappen });

type Attempted = Extract<SessionEvent, { readonly attempt: number }>['type'];
type Payload<T extends Attempted> = Omit<EventOf<T>, 'type' | 'attempt'>;

interface Question<T extends Attempted> {
  readonly kind: Superseded;
  /** The number that the fact carries while it is awaited. */
  readonly attemptOf: (state: ModelState) => number;
  readonly isAsked: (state: ModelState) => boolean;
  /** The possible replies. */
  readonly outcomes: readonly {
    readonly which?: string;
    readonly words: string;
    readonly payload: (state: ModelState) => Payload<T>;
    readonly canHappen?: (state: ModelState) => boolean;
  }[];
  /** What happens when the reply comes after the question was given up. */
  readonly lateWords: string;
}

/** The cases of a fact that replies to a question: each outcome while it is awaited, and one that is late. */
export function answer<T extends Attempted>(type: T, question: Question<T>): EventCase<EventOf<T>>[] {
  const { kind, attemptOf, isAsked, outcomes, lateWords } = question;
  const eventOf = (attempt: number, payload: Payload<T>) => ({ type, attempt, ...payload }) as unknown as EventOf<T>;
  const awaited = outcomes.map(({ which = null, words, payload, canHappen = always }) =>
    one(type, which, {
      words,
      event: (state) => eventOf(attemptOf(state), payload(state)),
      canHappen: (state) => isAsked(state) && canHappen(state),
    }),
  );
  const [first] = outcomes;
  const late: EventCase<EventOf<T>>[] =
    first === undefined
      ? []
      : [
          {
            ...one(type, 'late', {
              words: lateWords,
              event: (state) => eventOf(attemptOf(state) - 1, first.payload(state)),
              canHappen: ({ work }) => work.superseded.has(kind),
            }),
            late: kind,
          },
        ];
  return [...awaited, ...late];
}

/** Only registered users have a token source, and only they are stored. */
export const isRegistered = ({ snapshot }: ModelState) => sameUser(snapshot).kind === 'user';
