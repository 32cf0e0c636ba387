import { type RefObject, useEffect, useRef } from 'react';

/** The button for one of several views, of which one is shown. */
interface ViewButton {
  readonly ref: RefObject<HTMLButtonElement | null> | undefined;
  readonly onClick: () => void;
}

/**
 * For buttons that are drawn anew with each view: a press takes its button away, and with it the focus, which goes to the
 * same button of the view that it led to. Returns the button for `view`, which calls `show`.
 */
export function useKeptFocus<View>(shown: View): (view: View, show: () => void) => ViewButton {
  const button = useRef<HTMLButtonElement>(null);
  const pressed = useRef<View | null>(null);
  useEffect(() => {
    // A press can lead nowhere, and something else to another view.
    if (pressed.current === shown) button.current?.focus();
    pressed.current = null;
  }, [shown]);
  return (view, show) => ({
    ref: view === shown ? button : undefined,
    onClick() {
      pressed.current = view;
      show();
    },
  });
}
