import type { ClientCommand, PersistenceCommand } from '../../../../src/actors/messages.ts';
import type { ErrorCode } from '../../../../src/errors.ts';
import type { SessionEmitted, SessionEvent } from '../../../../src/machines/types.ts';
import type { ModelState } from '../../../model/explore/model-state.ts';
import type { OutstandingWork } from '../../../model/explore/outstanding-work.ts';
import type { Observation } from '../laws/index.ts';

/* What can be read off one event and what it led to: commands, replies, timers, and the state that an app can read. */

export const isIn = (
  { snapshot }: ModelState,
  state: 'loggedOut' | 'connected' | 'disconnecting' | 'restoring' | 'connecting',
) => snapshot.matches(state);

export type Command = ClientCommand | PersistenceCommand;

export function commands({ effects }: Observation): Command[] {
  return effects.flatMap((effect): Command[] =>
    effect.kind === 'client' || effect.kind === 'persistence' ? [effect.command] : [],
  );
}

export const emitted = ({ effects }: Observation): SessionEmitted[] =>
  effects.flatMap((effect) => (effect.kind === 'emitted' ? [effect.fact] : []));

export function retryOf({ effects }: Observation): { readonly delayMs: number } | undefined {
  return effects.findLast((effect) => effect.kind === 'timerStarted' && effect.event.type === 'retry.due') as
    | { readonly delayMs: number }
    | undefined;
}

/** Whether a numbered fact has the number of the question that is open. */
export function isAnswer(event: SessionEvent, { load, socket, storage, closing }: OutstandingWork): boolean {
  if (!('attempt' in event)) return true;
  if (event.type === 'token.loaded' || event.type === 'token.failed') return event.attempt === load;
  if (event.type === 'socket.closed') return event.attempt === closing;
  if (event.type.startsWith('user.') && event.type !== 'user.refused') return event.attempt === storage?.attempt;
  return event.attempt === socket?.attempt;
}

export const FAILURES: Partial<Record<SessionEvent['type'], ErrorCode | null>> = {
  'token.failed': null,
  'token.timedOut': 'tokenTimedOut',
  'hello.timedOut': 'helloTimedOut',
  'probe.timedOut': 'wentSilent',
  'socket.lost': null,
  'token.notValidNow': null,
};

/** What counts as a failed attempt. A first bad token of an attempt is none: it has expired. */
export function isFailure(event: SessionEvent, { knows, before }: Observation): boolean {
  if (event.type === 'client.started') return isIn(before, 'connected');
  if (event.type === 'token.refused') return knows.refusals === 2 || isIn(before, 'connected');
  return event.type in FAILURES;
}

export const isRunning = ({ knows }: Observation) => knows.user !== null && !knows.isEnding;

export const isSaving = ({ work }: ModelState) => work.storage?.type === 'user.save';

export const hasTimer = ({ work }: ModelState, type: SessionEvent['type']) =>
  [...work.timers.values()].some(({ event }) => event.type === type);
