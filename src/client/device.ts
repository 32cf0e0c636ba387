import type { EnvironmentChange, EnvironmentReading } from '../environment/environment.ts';
import { OwnError } from '../errors.ts';
import { callSafely, isObject, synchronous } from '../input.ts';
import type { EnvironmentFact, SessionCommand } from '../machines/types.ts';
import type { ChartSnapshot } from './client-snapshot.ts';
import type { SessionParts } from './session-parts.ts';

type DeviceEvent = EnvironmentFact | Extract<SessionCommand, { type: 'session.suspend' | 'session.resume' }>;

/** The session whose device it is. */
export interface DeviceOwner {
  /** The statechart while it runs. */
  readonly live: ChartSnapshot | null;
  /** The number of the newest login call. */
  readonly lastLogin: number;
  send(event: DeviceEvent): void;
}

type Suspender = 'app' | 'environment';

/**
 * The device of one session: it listens to the environment only while a session runs (law 2), and keeps who has
 * asked for a suspension. A session is resumed when all who asked have withdrawn: a page that comes back from the cache
 * does not resume what the app has suspended.
 */
export class Device {
  readonly #parts: SessionParts;
  readonly #owner: DeviceOwner;
  #subscription: { stop?: () => void } | null = null;
  /** Each with the newest login call that was made before it. Made by the first suspension. */
  #suspendedBy: Map<Suspender, number> | null = null;
  /** What is left of the wait that the newest suspension has interrupted. */
  #interruptedWait: (() => number) | null = null;

  constructor(parts: SessionParts, owner: DeviceOwner) {
    this.#parts = parts;
    this.#owner = owner;
  }

  read(): Pick<EnvironmentReading, 'online' | 'foreground'> {
    const { online, foreground } = readEnvironment(this.#parts);
    return { online, foreground };
  }

  /** What is left of the wait under way, or of the one that this suspension has interrupted. */
  waitLeft(): { readonly waitLeftMs?: number } {
    const leftMs = this.#isSuspended ? this.#interruptedWait : this.#wait();
    return leftMs === null ? {} : { waitLeftMs: leftMs() };
  }

  /** By the statechart itself: what an app sees of it is a little older while that is being reported. */
  #wait(): (() => number) | null {
    const { live } = this.#owner;
    const isWaiting = live?.matches({ connecting: 'waiting' }) || live?.matches({ connecting: 'offline' });
    return isWaiting ? this.#parts.timers.countdown() : null;
  }

  /** Sends what the device reports now to a statechart that has just started, and takes it to be well. */
  announce(): void {
    const { online, foreground } = this.read();
    if (!online) this.#owner.send({ type: 'network.wentOffline' });
    if (!foreground) this.#owner.send({ type: 'app.wentToBackground' });
  }

  listen(): void {
    if (this.#subscription !== null) return;
    const subscription: { stop?: () => void } = {};
    this.#subscription = subscription;
    this.#attempt(() => {
      const stop = synchronous(() =>
        this.#parts.environment.subscribe((change) => {
          if (this.#subscription === subscription) this.#handle(change);
        }),
      );
      if (typeof stop === 'function') subscription.stop = stop;
    });
    // A synchronous notification may have ended the session; unsubscribe here.
    if (this.#subscription !== subscription) this.#attempt(() => subscription.stop?.());
    else this.#suspendIfFrozen();
  }

  stop(): void {
    const subscription = this.#subscription;
    this.#subscription = null;
    this.clear();
    this.#attempt(() => subscription?.stop?.());
  }

  suspend(by: Suspender): void {
    this.#suspendedBy ??= new Map();
    if (!this.#isSuspended) this.#interruptedWait = this.#wait();
    this.#suspendedBy.set(by, this.#owner.lastLogin);
    this.#owner.send({ type: 'session.suspend' });
  }

  /** The app withdraws both requests; the environment only its own. */
  resume(by: Suspender): void {
    const left = this.waitLeft();
    if (by === 'app') this.clear();
    else if (this.#suspendedBy?.delete(by) !== true) return;
    if (!this.#isSuspended) this.#owner.send({ type: 'session.resume', ...left });
  }

  /** The session is over, or the app asks for another one: all requests for a suspension are void. */
  clear(): void {
    this.#suspendedBy?.clear();
  }

  /** Re-applies a suspension that was requested while the previous session was ending. */
  reapply(): void {
    if (this.#isSuspended) this.#owner.send({ type: 'session.suspend' });
    else this.#suspendIfFrozen();
  }

  #suspendIfFrozen(): void {
    if (readEnvironment(this.#parts).frozen) this.suspend('environment');
  }

  /** An accepted login shows that the app is present; a suspension requested after the call stays. The device decides itself. */
  onLoginAccepted(call: number): void {
    const { frozen } = readEnvironment(this.#parts);
    for (const [by, login] of this.#suspendedBy ?? []) {
      // A device that is still frozen goes on with its suspension, and with the wait that it has interrupted.
      if (login < call && !(frozen && by === 'environment')) this.#suspendedBy?.delete(by);
    }
    if (frozen) this.suspend('environment');
  }

  get #isSuspended(): boolean {
    return (this.#suspendedBy?.size ?? 0) > 0;
  }

  #handle(change: EnvironmentChange): void {
    if (change === 'frozen') this.suspend('environment');
    else if (change === 'thawed') this.resume('environment');
    else {
      const type = FACTS.get(change);
      if (type !== undefined) this.#owner.send({ type, ...this.waitLeft() });
    }
  }

  #attempt(act: () => unknown): void {
    callSafely(act, this.#parts.faultsOf('environment'));
  }
}

const FACTS: ReadonlyMap<EnvironmentChange, EnvironmentFact['type']> = new Map([
  ['online', 'network.cameOnline'],
  ['offline', 'network.wentOffline'],
  ['background', 'app.wentToBackground'],
  ['foreground', 'app.cameToForeground'],
  ['woke', 'device.woke'],
]);

/** The state of the device; what the environment cannot report is taken to be well. */
export function readEnvironment(parts: SessionParts): EnvironmentReading {
  try {
    const reading = synchronous(() => parts.environment.read());
    if (!isObject(reading)) throw new OwnError('it returned no object');
    const { online, foreground, frozen } = reading;
    return { online: online !== false, foreground: foreground !== false, frozen: frozen === true };
  } catch (cause) {
    parts.faultsOf('environment')(cause);
    return { online: true, foreground: true, frozen: false };
  }
}
