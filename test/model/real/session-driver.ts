import type { Timing, User } from '../../../src/index.ts';
import { settled } from './condition-signal.ts';
import { STAGES } from './session-world.ts';
import type { RealWorld } from './world.ts';

/*
 * A session that goes where it is wanted, the way a session goes: everything that is asked responds, and what runs out is
 * time. Nothing is ever sent to the statechart.
 */

export const ALICE: User = { id: 'alice' };
export const BOB: User = { id: 'bob' };

/** What brings a session on from each state. */
const ONWARDS: Readonly<Record<string, (journey: SessionDriver, target: string) => void | Promise<void>>> = {
  unstarted: (journey) => journey.restore(),
  restoring: (journey) => journey.workOff('succeed'),
  loggedOut: (journey, target) => (target === 'restoring' ? journey.restore() : journey.login()),
  loadingToken: ({ world: { tokens } }) => tokens.awaited?.succeed(),
  'connecting.opening': ({ world: { wire } }) => void wire.hello(),
  'connecting.waiting': (journey) => journey.waitForRetry(),
  'connected.healthy': (journey, target) =>
    target === 'connected.probing' ? journey.world.environment.change('woke') : journey.logOut(),
  'connected.probing': (journey) => journey.logOut(),
  'disconnecting.forgetting': (journey) => journey.workOff('succeed'),
  'disconnecting.closing': ({ world: { wire } }) => wire.answerClose(),
};

/** What each state waits for, so long and no longer. */
const PATIENCE: Readonly<Record<string, keyof Timing>> = {
  restoring: 'restoreTimeoutMs',
  loadingToken: 'tokenTimeoutMs',
  'connecting.opening': 'helloTimeoutMs',
  'connected.probing': 'probeTimeoutMs',
  'disconnecting.forgetting': 'storageWriteTimeoutMs',
  'disconnecting.closing': 'closeTimeoutMs',
};

export class SessionDriver {
  readonly world: RealWorld;
  user: User = ALICE;

  constructor(world: RealWorld) {
    this.world = world;
  }

  get state(): string {
    return this.world.client.getSnapshot().state || 'unstarted';
  }

  isIn(state: string): boolean {
    return this.state === state || this.state.startsWith(`${state}.`);
  }

  /** Goes on until the session is in `state`, or in one inside of it, and stays there. */
  async reach(state: string): Promise<void> {
    await this.#arrive();
    while (!this.isIn(state)) {
      const from = this.state;
      const go = ONWARDS[from];
      if (go === undefined) throw new Error(`Nothing says how a session gets from ${from} to ${state}.`);
      await go(this, state);
      await this.world.bell.until(() => this.state !== from, `${from} is left for ${state}`);
      await this.#arrive();
    }
  }

  restore(): void {
    const { client, calls } = this.world;
    calls.make({ kind: 'restore', words: 'restore' }, client.restore());
  }

  login(): void {
    const { client, tokens, calls } = this.world;
    const { id } = this.user;
    calls.make({ kind: 'connect', words: `connect ${id}`, userId: id }, client.connectUser(this.user, tokens.source()));
  }

  logOut(): void {
    const { client, calls } = this.world;
    calls.make({ kind: 'disconnect', words: 'log out', forgetUser: true }, client.disconnect());
  }

  /** Out, and then in as someone else. */
  switchUser(user: User): void {
    const { client, tokens, calls } = this.world;
    const { id } = user;
    this.user = user;
    calls.make({ kind: 'connect', words: `switch to ${id}`, userId: id }, client.switchUser(user, tokens.source()));
  }

  /** Nothing responds until the session has left the state in which it waits for that. */
  loseHeart(): void {
    if (this.state === 'connected.healthy') this.world.environment.change('woke');
    const from = this.state;
    const stage = PATIENCE[from];
    if (stage === undefined) throw new Error(`Nothing ends the patience of ${from}.`);
    this.world.clock.fire(({ delayMs }) => delayMs === STAGES[stage]);
    if (this.state === from) throw new Error(`${from} waits for ever.`);
  }

  waitForRetry(): void {
    const { clock, client } = this.world;
    const { nextAttemptAt } = client.getSnapshot();
    clock.fire(({ dueMs }) => dueMs === nextAttemptAt);
  }

  /** A slow disk does one thing after the other, until the session goes on or a fact is in the post. */
  async workOff(outcome: 'succeed' | 'fail', isDone = () => false): Promise<void> {
    const { repository, bell } = this.world;
    const from = this.state;
    const isOver = () => isDone() || this.state !== from;
    while (!isOver()) {
      await bell.until(() => isOver() || repository.pending.length > 0, `the disk is asked in ${from}`);
      if (!isOver()) await repository.pending[0]?.[outcome]();
      await settled();
    }
  }

  /** Waits until what the state begins with is under way. */
  async #arrive(): Promise<void> {
    const { bell, tokens, wire } = this.world;
    await settled();
    const { state } = this;
    const isLeft = () => this.state !== state;
    if (state === 'loadingToken') await bell.until(() => isLeft() || tokens.awaited !== undefined, 'a token is wanted');
    if (state === 'connecting.opening') {
      await wire.answerClose();
      await bell.until(() => isLeft() || wire.isOpen, 'a socket is open');
    }
    await wire.agree(false);
    await settled();
    if (isLeft()) await this.#arrive();
  }
}
