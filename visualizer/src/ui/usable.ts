/**
 * What a button does, or that it cannot be used now. Not `disabled`: a button that disables itself loses the focus to the
 * page.
 */
export const usable = (isPossible: boolean, act: () => void) =>
  isPossible ? { onClick: act } : ({ 'aria-disabled': true } as const);
