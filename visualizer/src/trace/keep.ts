import type { Entry, LogView } from './entry.ts';

/*
 * What happened before a reload stays in the timeline: a crash of the page is what one wants to look at afterwards.
 */

const MOST_KEPT = 1_000;
/** The newest keep the context before and after them. It is 1 to 2 KB, and a tab has room for some MB. */
const MOST_WITH_CONTEXT = 300;

/** The entries of this tab before it was reloaded, oldest first, and a mark. */
export function readKept(key: string, nowMs: number): readonly Omit<Entry, 'id'>[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? '[]') as readonly Omit<Entry, 'id'>[];
    sessionStorage.removeItem(key);
    return kept.length === 0 ? [] : [...kept, { ...RELOADED, atMs: nowMs }];
  } catch {
    return [];
  }
}

/** Keeps the newest entries when the page goes. */
export function keepOnLeave(key: string, view: () => LogView): void {
  addEventListener('pagehide', () => {
    const kept = view()
      .entries.filter(({ kind }) => kind !== 'wire')
      .slice(-MOST_KEPT)
      .map(({ id: _, ...entry }, index, { length }) =>
        length - index > MOST_WITH_CONTEXT ? { ...entry, step: null } : entry,
      );
    try {
      sessionStorage.setItem(key, JSON.stringify(kept));
    } catch {
      // Without storage the history is as long as the page.
    }
  });
}

const RELOADED = {
  kind: 'device',
  from: 'app',
  to: 'app',
  name: 'page.reloaded',
  detail: '',
  isFailure: false,
  payload: null,
  step: null,
} as const;
