import type { ErrorCode } from '../../../../src/index.ts';
import type { SessionEvent } from '../../../../src/machines/types.ts';
import { leafOf } from '../../../../src/testing/index.ts';
import type { ModelState } from '../../../model/explore/model-state.ts';
import type { PathStep } from '../../../model/explore/path-cover.ts';
import type { MadeCall } from '../../../model/real/calls.ts';
import { isNewProfile } from '../laws/observed-session.ts';

/*
 * What someone expects who knows the laws and sees what is done, and in which state that ends: the results of calls,
 * and whose record may be removed. What the statechart does for it is not known here.
 */

export type Expected = 'pending' | 'success' | { readonly failure: readonly ErrorCode[] };

interface Tracked {
  readonly call: MadeCall;
  expected: Expected;
  /** Of a login: for the session that comes next. */
  isNext: boolean;
}

const fails = (...failure: ErrorCode[]): Expected => ({ failure });

/** How a session that ends by an event is explained to those who wait for it. */
const ENDED_BY: Readonly<Record<string, readonly ErrorCode[]>> = {
  'session.disconnect': ['loggedOut'],
  'user.changedElsewhere': ['loggedOutElsewhere'],
  'token.failed': ['tokenUnavailable', 'tokenInvalid', 'appRejected'],
  'token.timedOut': ['tokenTimedOut'],
  'token.refused': ['tokenRejected'],
  'app.refused': ['appRejected'],
  'user.refused': ['userRejected'],
  'server.ended': ['endedByServer'],
};

const outer = (state: ModelState) => leafOf(state.snapshot).split('.')[0] ?? '';
const isRunning = (state: string) => ['loadingToken', 'connecting', 'connected'].includes(state);

export class ExpectedResults {
  /** The users that the server has refused for good. */
  readonly #refused = new Set<string>();
  /** A logout was asked for, and no login after it was stored. */
  #isRemovalAllowed = false;
  #isLogoutNewest = false;
  #connectedId = '';
  readonly #greeted = new Set<string>();
  readonly #tracked: Tracked[] = [];
  #isForgotten = false;

  get calls(): readonly Pick<Tracked, 'call' | 'expected'>[] {
    return this.#tracked;
  }

  /** A login that was stored after the last logout is not removed for it. What the disk does late counts as the last. */
  noteStored(userId: string): void {
    if (!this.#isLogoutNewest && userId === this.#connectedId) this.#isRemovalAllowed = false;
  }

  mayBeRemoved(userId: string): boolean {
    return this.#isRemovalAllowed || this.#refused.has(userId);
  }

  /** Whether the server has ever said hello to this user. */
  mayBeStored(userId: string): boolean {
    return this.#greeted.has(userId);
  }

  /** A step was taken; `made` are the calls that the app made by it. */
  see({ event, case: { late }, before, after }: PathStep, made: readonly MadeCall[]): void {
    const [from, to] = [outer(before), outer(after)];
    const fact = late === undefined ? event.type : 'nothing';
    if (event.type === 'session.disconnect' && event.forgetUser) {
      this.#isRemovalAllowed = true;
      this.#isLogoutNewest = true;
    }
    if (fact === 'user.refused') this.#refused.add(before.snapshot.context.identity?.id ?? '');
    if (to === 'connected') {
      this.#isLogoutNewest = false;
      this.#connectedId = after.snapshot.context.identity?.id ?? '';
      this.#greeted.add(this.#connectedId);
    }
    if (leafOf(after.snapshot) === 'disconnecting.forgetting') this.#isForgotten = false;
    if (fact === 'user.cleared' && leafOf(before.snapshot) === 'disconnecting.forgetting') this.#isForgotten = true;
    for (const call of made) {
      this.#tracked.push({ call, expected: atOnce(call, event, before), isNext: from === 'disconnecting' });
    }
    for (const tracked of this.#tracked) {
      if (tracked.expected === 'pending') tracked.expected = this.#expect(tracked, fact, from, to);
    }
    if (from === 'disconnecting' && to !== 'disconnecting') this.#isForgotten = false;
  }

  #expect(tracked: Tracked, fact: string, from: string, to: string): Expected {
    const isOver = from === 'disconnecting' && to !== 'disconnecting';
    switch (tracked.call.kind) {
      case 'restore':
        if (from === 'restoring' && to !== 'restoring') {
          if (fact === 'user.unreadable') return fails('storageFailed', 'userNotForgotten');
          if (fact === 'user.found' && to === 'loggedOut') return fails('tokenSourceMissing');
          return fact === 'restore.timedOut' ? fails('storageTimedOut') : 'success';
        }
        return 'pending';
      case 'connect':
        if (tracked.isNext && fact === 'session.disconnect') return fails('loggedOut');
        if (isOver) tracked.isNext = false;
        if (tracked.isNext) return 'pending';
        if (to === 'connected') return 'success';
        return isRunning(from) && to === 'disconnecting' ? fails(...(ENDED_BY[fact] ?? [])) : 'pending';
      case 'disconnect':
        if (!isOver) return 'pending';
        return tracked.call.forgetUser === true && !this.#isForgotten ? fails('userNotForgotten') : 'success';
      case 'retryNow':
      case 'other':
        return 'pending';
    }
  }
}

/** One cut short already is not cut short again. */
const isWaitToCutShort = ({ snapshot }: ModelState) =>
  ['connecting.waiting', 'connecting.offline'].includes(leafOf(snapshot)) &&
  snapshot.context.pacing.quickRetry === 'available';

/** What is answered without waiting for anything. */
function atOnce({ kind, userId }: MadeCall, event: SessionEvent, before: ModelState): Expected {
  const { identity, next } = before.snapshot.context;
  const state = outer(before);
  switch (kind) {
    case 'restore':
      if (state === 'disconnecting') return fails('cancelled');
      return isRunning(state) ? 'success' : 'pending';
    case 'connect': {
      const rival = isRunning(state) ? identity : state === 'disconnecting' ? next?.identity : null;
      if (rival && rival.id !== userId) return fails('otherUserConnected');
      // A new profile is sent by a new connection.
      const isNew = identity !== null && event.type === 'session.connect' && isNewProfile(identity, event.identity);
      return state === 'connected' && !isNew ? 'success' : 'pending';
    }
    case 'disconnect':
      return 'pending';
    case 'retryNow':
      if (state === 'loggedOut') return fails('notLoggedIn');
      return isWaitToCutShort(before) ? 'success' : fails('notWaiting');
    case 'other':
      return state === 'loggedOut' ? fails('notLoggedIn') : 'success';
  }
}
