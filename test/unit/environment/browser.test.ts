import { describe, expect, it } from 'vitest';
import { browserEnvironment } from '../../../src/environment/browser.ts';
import type { EnvironmentChange } from '../../../src/environment/environment.ts';
import { staticEnvironment } from '../../../src/environment/environment.ts';

/** A window as far as it is listened to, made of real event targets, that counts its listeners. */
class Page extends EventTarget {
  readonly navigator = { onLine: true };
  readonly document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  listeners = 0;

  constructor() {
    super();
    for (const target of [this, this.document]) {
      const { addEventListener, removeEventListener } = target;
      Object.assign(target, {
        addEventListener: (...args: Parameters<EventTarget['addEventListener']>) => {
          this.listeners += 1;
          addEventListener.apply(target, args);
        },
        removeEventListener: (...args: Parameters<EventTarget['removeEventListener']>) => {
          this.listeners -= 1;
          removeEventListener.apply(target, args);
        },
      });
    }
  }

  fire(type: string, properties: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(type), properties));
  }

  show(visibilityState: 'visible' | 'hidden'): void {
    this.document.visibilityState = visibilityState;
    this.document.dispatchEvent(new Event('visibilitychange'));
  }
}

function listen(page: Page): { readonly heard: EnvironmentChange[]; readonly stop: () => void } {
  const heard: EnvironmentChange[] = [];
  return { heard, stop: browserEnvironment(page).subscribe((change) => heard.push(change)) };
}

describe('browserEnvironment', () => {
  it('reads the situation as it is now', () => {
    const page = new Page();
    const environment = browserEnvironment(page);
    expect(environment.read()).toEqual({ online: true, foreground: true });
    page.navigator.onLine = false;
    page.document.visibilityState = 'hidden';
    expect(environment.read()).toEqual({ online: false, foreground: false });
    expect(page.listeners).toBe(0);
  });

  it('C1, C15: reports of the network, and of who looks', () => {
    const page = new Page();
    const { heard } = listen(page);
    page.fire('offline');
    page.fire('online');
    page.show('hidden');
    page.show('visible');
    expect(heard).toEqual(['offline', 'online', 'background', 'foreground']);
  });

  it('C16: is frozen and thawed with the back/forward cache only, and not by leaving for good', () => {
    const page = new Page();
    const { heard } = listen(page);
    page.fire('pageshow', { persisted: false });
    page.fire('pagehide', { persisted: true });
    page.fire('pageshow', { persisted: true });
    page.fire('pagehide', { persisted: false });
    expect(heard).toEqual(['frozen', 'thawed']);
  });

  it('C17: woke, when the browser lets a frozen tab run again', () => {
    const page = new Page();
    const { heard } = listen(page);
    page.document.dispatchEvent(new Event('resume'));
    expect(heard).toEqual(['woke']);
  });

  it('law 2, F9: one set of listeners serves all environments of a window, and goes with the last subscriber', () => {
    const page = new Page();
    const first = listen(page);
    const { listeners } = page;
    expect(listeners).toBeGreaterThan(0);
    const second = listen(page);
    expect(page.listeners).toBe(listeners);
    first.stop();
    first.stop();
    page.fire('offline');
    expect([first.heard, second.heard]).toEqual([[], ['offline']]);
    second.stop();
    expect(page.listeners).toBe(0);
    page.fire('online');
    expect(second.heard).toEqual(['offline']);
    listen(page).stop();
    expect(page.listeners).toBe(0);
  });

  it('two windows do not learns of each other', () => {
    const [one, other] = [new Page(), new Page()];
    const [first, second] = [listen(one), listen(other)];
    one.fire('offline');
    expect([first.heard, second.heard]).toEqual([['offline'], []]);
  });

  it('a subscriber may leave, and take another along, while it is reported', () => {
    const page = new Page();
    const environment = browserEnvironment(page);
    const heard: string[] = [];
    const stopFirst = environment.subscribe(() => {
      heard.push('first');
      stopFirst();
      stopSecond();
    });
    const stopSecond = environment.subscribe(() => heard.push('second'));
    page.fire('offline');
    page.fire('offline');
    expect(heard).toEqual(['first']);
    expect(page.listeners).toBe(0);
  });

  it('law 11: a subscriber that throws keeps no other from hearing; the platform is reported as of any listener', () => {
    const heard: string[] = [];
    let fire: ((event: { readonly type: string }) => void) | undefined;
    const environment = browserEnvironment({
      addEventListener: (type, listener) => {
        if (type === 'offline') fire = listener;
      },
      removeEventListener: () => {},
    });
    environment.subscribe(() => {
      throw new Error('mine');
    });
    environment.subscribe((change) => heard.push(change));
    expect(() => fire?.({ type: 'offline' })).toThrow('mine');
    expect(heard).toEqual(['offline']);
  });

  it('a worker has a network and no document', () => {
    const worker = Object.assign(new EventTarget(), { navigator: { onLine: false } });
    const heard: string[] = [];
    const environment = browserEnvironment(worker);
    expect(environment.read()).toEqual({ online: false, foreground: true });
    environment.subscribe((change) => heard.push(change));
    worker.dispatchEvent(new Event('online'));
    expect(heard).toEqual(['online']);
  });
});

describe.each([
  ['browserEnvironment without a window', () => browserEnvironment()],
  ['browserEnvironment of nothing', () => browserEnvironment({})],
  ['staticEnvironment', () => staticEnvironment],
])('%s', (_, create) => {
  it('F6: is online, in the foreground, and never changes', () => {
    const environment = create();
    expect(environment.read()).toEqual({ online: true, foreground: true });
    const stop = environment.subscribe(() => expect.unreachable());
    stop();
    stop();
  });
});
