import type { ReportDiagnostic } from '../diagnostics.ts';
import type { Environment, EnvironmentChange, EnvironmentReading } from '../environment/environment.ts';
import type { EnvironmentFact, SessionCommand } from '../machines/types.ts';
import { diagnosticFor } from './dependencies.ts';

type Send = (event: EnvironmentFact | Extract<SessionCommand, { type: 'session.suspend' | 'session.resume' }>) => void;

interface Subscription {
  stop: () => void;
}

/** Who asked for the session to be suspended; it is resumed when nobody is left. */
type Suspender = 'app' | 'environment';

/**
 * Ties one session to the environment. It listens only while a session runs (law 2), and keeps apart who asked for a
 * suspension: a page that comes back from the cache does not resume what the app has suspended.
 */
export class EnvironmentLink {
  readonly #environment: Environment;
  readonly #send: Send;
  readonly #report: ReportDiagnostic;
  /** With the newest login call that was made before each. */
  readonly #suspenders = new Map<Suspender, number>();
  #login = 0;
  #subscription: Subscription | null = null;

  constructor(environment: Environment, send: Send, report: ReportDiagnostic) {
    this.#environment = environment;
    this.#send = send;
    this.#report = report;
  }

  read(): EnvironmentReading {
    return readEnvironment(this.#environment, this.#report);
  }

  listen(): void {
    if (this.#subscription !== null) return;
    const subscription: Subscription = { stop: () => {} };
    this.#subscription = subscription;
    try {
      const stop = this.#environment.subscribe((change) => {
        if (this.#subscription === subscription) this.#tell(change);
      });
      if (typeof stop === 'function') subscription.stop = stop;
    } catch (cause) {
      this.#report(faultOfEnvironment(cause));
    }
    // What it told at once may have ended the session, and then nobody is left to stop it.
    if (this.#subscription !== subscription) this.#end(subscription);
  }

  stop(): void {
    const subscription = this.#subscription;
    this.#subscription = null;
    this.#suspenders.clear();
    if (subscription !== null) this.#end(subscription);
  }

  suspend(by: Suspender): void {
    this.#suspenders.set(by, this.#login);
    this.#send({ type: 'session.suspend' });
  }

  /** The app's word counts for both; the environment's only for its own. */
  resume(by: Suspender): void {
    if (by === 'app') this.#suspenders.clear();
    else if (!this.#suspenders.delete(by)) return;
    if (this.#suspenders.size === 0) this.#send({ type: 'session.resume' });
  }

  /** The app looks who is stored once the session has ended: it is there again, as after a login. */
  noteRestore(): void {
    this.#suspenders.clear();
  }

  /** The session that comes next has not heard of what was asked while the one before it ended. */
  repeat(): void {
    if (this.#suspenders.size > 0) this.#send({ type: 'session.suspend' });
  }

  /** A login is on its way to the chart. */
  noteLogin(call: number): void {
    this.#login = call;
  }

  /** A login that is accepted takes the app for present; what was suspended after the call stays so. */
  noteAccepted(call: number): void {
    for (const [by, login] of this.#suspenders) if (login < call) this.#suspenders.delete(by);
  }

  #end(subscription: Subscription): void {
    try {
      subscription.stop();
    } catch (cause) {
      this.#report(faultOfEnvironment(cause));
    }
  }

  #tell(change: EnvironmentChange): void {
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

/** What the device says of itself; where the environment cannot say it, everything is taken to be well. */
export function readEnvironment(environment: Environment, report: ReportDiagnostic): EnvironmentReading {
  try {
    const { online, foreground } = environment.read();
    return { online: online !== false, foreground: foreground !== false };
  } catch (cause) {
    report(faultOfEnvironment(cause));
    return { online: true, foreground: true };
  }
}

const faultOfEnvironment = (cause: unknown) => diagnosticFor('environment', 'The environment', cause);
