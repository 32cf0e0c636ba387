import type { Environment, EnvironmentChange, EnvironmentReading } from '../environment/environment.ts';
import type { EnvironmentFact, SessionCommand } from '../machines/vocabulary.ts';

type Send = (event: EnvironmentFact | Extract<SessionCommand, { type: 'session.suspend' | 'session.resume' }>) => void;

/** Who asked for the session to be suspended; it is resumed when nobody is left. */
type Suspender = 'app' | 'environment';

/**
 * Ties one session to the environment. It listens only while a session runs (law 2), and keeps apart who asked for a
 * suspension: a page that comes back from the cache does not resume what the app has suspended.
 */
export class EnvironmentLink {
  readonly #environment: Environment;
  readonly #send: Send;
  readonly #report: (cause: unknown) => void;
  readonly #suspenders = new Set<Suspender>();
  #stop: (() => void) | null = null;

  constructor(environment: Environment, send: Send, report: (cause: unknown) => void) {
    this.#environment = environment;
    this.#send = send;
    this.#report = report;
  }

  read(): EnvironmentReading {
    try {
      const { online, foreground } = this.#environment.read();
      return { online: online !== false, foreground: foreground !== false };
    } catch (cause) {
      this.#report(cause);
      return { online: true, foreground: true };
    }
  }

  listen(): void {
    if (this.#stop !== null) return;
    this.#stop = () => {};
    try {
      this.#stop = this.#environment.subscribe((change) => this.#tell(change));
    } catch (cause) {
      this.#report(cause);
    }
  }

  stop(): void {
    const stop = this.#stop;
    this.#stop = null;
    this.#suspenders.clear();
    try {
      stop?.();
    } catch (cause) {
      this.#report(cause);
    }
  }

  suspend(by: Suspender): void {
    if (this.#suspenders.size === 0) this.#send({ type: 'session.suspend' });
    this.#suspenders.add(by);
  }

  /** The app's word counts for both; the environment's only for its own. */
  resume(by: Suspender): void {
    const wasSuspended = this.#suspenders.size > 0;
    if (by === 'app') this.#suspenders.clear();
    else this.#suspenders.delete(by);
    if (wasSuspended && this.#suspenders.size === 0) this.#send({ type: 'session.resume' });
  }

  /** A login takes the app for present. */
  forgetSuspension(): void {
    this.#suspenders.clear();
  }

  #tell(change: EnvironmentChange): void {
    if (this.#stop === null) return;
    switch (change) {
      case 'online':
        return this.#send({ type: 'network.cameOnline' });
      case 'offline':
        return this.#send({ type: 'network.wentOffline' });
      case 'background':
        return this.#send({ type: 'app.wentToBackground' });
      case 'foreground':
        return this.#send({ type: 'app.cameToForeground' });
      case 'woke':
        return this.#send({ type: 'device.woke' });
      case 'frozen':
        return this.suspend('environment');
      case 'thawed':
        return this.resume('environment');
    }
  }
}
