import { createStore } from './store.ts';

/** `system` follows the device. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'sessionchart:studio:theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export const theme = createStore<Theme>(read());

theme.subscribe(apply);
apply();

/** From one to the next, round and round. */
export function nextTheme(now: Theme): Theme {
  return THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] ?? 'system';
}

function apply(): void {
  const chosen = theme.get();
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

function read(): Theme {
  try {
    return THEMES.find((known) => known === localStorage.getItem(KEY)) ?? 'system';
  } catch {
    return 'system';
  }
}
