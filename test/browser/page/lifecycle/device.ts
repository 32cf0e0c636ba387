import { browserEnvironment, type Environment, type EnvironmentChange } from '../../../../src/index.ts';
import type { Device } from '../../../model/real/session-world.ts';

/** The page's own events, by `browserEnvironment`, while what the browser says of itself is said by the test. */
export class PageDevice implements Device {
  readonly environment: Environment;
  readonly #listeners = new Set<string>();

  constructor(reading: { readonly online: boolean; readonly foreground: boolean }) {
    const onWindow = this.#counted(window);
    this.environment = browserEnvironment({
      ...onWindow,
      navigator: {
        get onLine() {
          return reading.online;
        },
      },
      document: {
        ...this.#counted(document),
        get visibilityState() {
          return reading.foreground ? 'visible' : 'hidden';
        },
      },
    });
  }

  /** How many events of the page are listened to. */
  get listeners(): number {
    return this.#listeners.size;
  }

  change(change: EnvironmentChange): void {
    switch (change) {
      case 'online':
      case 'offline':
        window.dispatchEvent(new Event(change));
        return;
      case 'background':
      case 'foreground':
        document.dispatchEvent(new Event('visibilitychange'));
        return;
      case 'woke':
        document.dispatchEvent(new Event('resume'));
        return;
      default:
        throw new Error(`Nothing in a path is ${change}.`);
    }
  }

  #counted(place: EventTarget) {
    return {
      addEventListener: (type: string, listener: (event: Event) => void) => {
        this.#listeners.add(type);
        place.addEventListener(type, listener);
      },
      removeEventListener: (type: string, listener: (event: Event) => void) => {
        this.#listeners.delete(type);
        place.removeEventListener(type, listener);
      },
    };
  }
}
