import { useEffect, useRef } from 'react';

/*
 * A button that goes with its own press takes the focus along: without these, a keyboard would begin at the top again.
 */

/** Moves a focus that was lost with the previous page to the first field of the next. `null` while no page is shown. */
export function useFocusAfterChange(page: string | null): void {
  const previous = useRef<string | null>(null);
  useEffect(() => {
    const wasShown = previous.current !== null && previous.current !== page;
    previous.current = page;
    if (wasShown && document.activeElement === document.body) document.querySelector('input')?.focus();
  }, [page]);
}

/** Moves the focus from a button that is about to go to what it stands in, from where Tab leads on. */
export function leaveButton(button: HTMLButtonElement): void {
  button.closest<HTMLElement>('[tabindex]')?.focus();
}
