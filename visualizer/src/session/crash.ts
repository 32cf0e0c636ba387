const KEY = 'sessionchart:studio:crashed';

/** For the page that comes next in this tab. */
export function rememberCrash(): void {
  try {
    sessionStorage.setItem(KEY, 'yes');
  } catch {
    // Without storage the next page begins like any other.
  }
}

/** Whether the page before this one was crashed; once. */
export function forgetCrash(): boolean {
  try {
    const wasCrashed = sessionStorage.getItem(KEY) !== null;
    sessionStorage.removeItem(KEY);
    return wasCrashed;
  } catch {
    return false;
  }
}
