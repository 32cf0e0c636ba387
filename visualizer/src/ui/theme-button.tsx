import { useStore } from './store.ts';
import { nextTheme, theme } from './theme.ts';

export function ThemeButton() {
  const chosen = useStore(theme);
  return (
    <button type="button" className="theme-button" onClick={() => theme.set(nextTheme(chosen))}>
      Theme: {chosen}
    </button>
  );
}
