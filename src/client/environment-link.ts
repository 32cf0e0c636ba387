import type { SendReport } from '../diagnostics.ts';
import type { Environment, EnvironmentChange, EnvironmentReading } from '../environment/environment.ts';
import type { EnvironmentFact } from '../machines/types.ts';
import { faultOf } from './reporter.ts';
import type { Suspension } from './suspension.ts';

interface Subscription {
  stop: () => void;
}

export interface EnvironmentLinkOptions {
  readonly environment: Environment;
  readonly suspension: Suspension;
  readonly send: (fact: EnvironmentFact) => void;
  readonly report: SendReport;
}

/** Ties one session to the environment. It listens only while a session runs (law 2). */
export class EnvironmentLink {
  readonly #options: EnvironmentLinkOptions;
  #subscription: Subscription | null = null;

  constructor(options: EnvironmentLinkOptions) {
    this.#options = options;
  }

  read(): EnvironmentReading {
    return readEnvironment(this.#options.environment, this.#options.report);
  }

  listen(): void {
    if (this.#subscription !== null) return;
    const subscription: Subscription = { stop: () => {} };
    this.#subscription = subscription;
    try {
      const stop = this.#options.environment.subscribe((change) => {
        if (this.#subscription === subscription) this.#handle(change);
      });
      if (typeof stop === 'function') subscription.stop = stop;
    } catch (cause) {
      this.#options.report(faultOfEnvironment(cause));
    }
    // A synchronous notification may have ended the session; unsubscribe here.
    if (this.#subscription !== subscription) this.#end(subscription);
  }

  stop(): void {
    const subscription = this.#subscription;
    this.#subscription = null;
    this.#options.suspension.clear();
    if (subscription !== null) this.#end(subscription);
  }

  #end(subscription: Subscription): void {
    try {
      subscription.stop();
    } catch (cause) {
      this.#options.report(faultOfEnvironment(cause));
    }
  }

  #handle(change: EnvironmentChange): void {
    const { send, suspension } = this.#options;
    switch (change) {
      case 'online':
        return send({ type: 'network.cameOnline' });
      case 'offline':
        return send({ type: 'network.wentOffline' });
      case 'background':
        return send({ type: 'app.wentToBackground' });
      case 'foreground':
        return send({ type: 'app.cameToForeground' });
      case 'woke':
        return send({ type: 'device.woke' });
      case 'frozen':
        return suspension.suspend('environment');
      case 'thawed':
        return suspension.resume('environment');
    }
  }
}

/** The state of the device; what the environment cannot report is taken to be well. */
export function readEnvironment(environment: Environment, report: SendReport): EnvironmentReading {
  try {
    const { online, foreground } = environment.read();
    return { online: online !== false, foreground: foreground !== false };
  } catch (cause) {
    report(faultOfEnvironment(cause));
    return { online: true, foreground: true };
  }
}

const faultOfEnvironment = (cause: unknown) => faultOf('environment', 'The environment', cause);
