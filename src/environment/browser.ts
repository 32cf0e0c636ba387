import { assertFit, OBJECT } from '../input.ts';
import { type Environment, type EnvironmentChange, sharedSource } from './environment.ts';

/** The part of a window that is read. A worker has no `document`, a server has none of it. */
export interface BrowserGlobal {
  readonly navigator?: { readonly onLine?: boolean } | undefined;
  readonly document?: (Listenable & { readonly visibilityState?: string }) | undefined;
  readonly addEventListener?: Listenable['addEventListener'] | undefined;
  readonly removeEventListener?: Listenable['removeEventListener'] | undefined;
}

interface Listenable {
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  removeEventListener(type: string, listener: (event: PageEvent) => void): void;
}

/**
 * What a browser reports of network and page. Each change comes from one event:
 *
 * - `online`, `offline`: the window's events of that name. `navigator.onLine` is trusted only when it is `false`.
 * - `background`, `foreground`: the document's `visibilitychange`.
 * - `frozen`, `thawed`: `pagehide` and `pageshow` with `persisted`, that is into and out of the back/forward cache. A
 *   page that is left for good sends neither.
 * - `woke`: the document's `resume` (Page Lifecycle), after the browser froze a hidden tab.
 *
 * A window has one environment, with one set of listeners that exists only while there are subscribers. Without a
 * window (a server that renders, React Native, Node) it is always online and in the foreground, and never changes.
 *
 * @param target The window. Default: `globalThis`.
 * @throws SessionError `invalidArgument` for what is no object.
 */
export function browserEnvironment(target: BrowserGlobal = globalThis): Environment {
  assertFit('target', target, OBJECT);
  const environment = environments.get(target) ?? environmentOf(target);
  environments.set(target, environment);
  return environment;
}

const environments = new WeakMap<BrowserGlobal, Environment>();

function environmentOf(target: BrowserGlobal): Environment {
  const subscribe = sharedSource((notify) => attach(target, notify));
  return {
    read: () => ({
      online: target.navigator?.onLine !== false,
      foreground: target.document?.visibilityState !== 'hidden',
    }),
    // Where nothing can be listened to, no session is remembered.
    subscribe: (listener) => (target.addEventListener || target.document ? subscribe(listener) : () => {}),
  };
}

function attach(target: BrowserGlobal, notify: (change: EnvironmentChange) => void): () => void {
  const detachers: (() => void)[] = [];
  const on = (place: Partial<Listenable> | undefined, type: string, listener: (event: PageEvent) => void) => {
    if (typeof place?.addEventListener !== 'function') return;
    place.addEventListener(type, listener);
    detachers.push(() => place.removeEventListener?.(type, listener));
  };
  const { document } = target;

  on(target, 'online', () => notify('online'));
  on(target, 'offline', () => notify('offline'));
  on(target, 'pagehide', (event) => {
    if (event.persisted === true) notify('frozen');
  });
  on(target, 'pageshow', (event) => {
    if (event.persisted === true) notify('thawed');
  });
  on(document, 'visibilitychange', () => notify(document?.visibilityState === 'hidden' ? 'background' : 'foreground'));
  on(document, 'resume', () => notify('woke'));
  return () => {
    for (const detach of detachers) detach();
  };
}

/** `persisted`: whether the page stays in the back/forward cache. */
interface PageEvent {
  readonly type: string;
  readonly persisted?: boolean;
}
