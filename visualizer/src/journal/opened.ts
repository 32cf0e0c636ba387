/*
 * The journal that is open outlives a reload of the page, so that its address leads to the same step again.
 */

export interface JournalFile {
  readonly name: string;
  readonly text: string;
}

const KEY = 'sessionchart:studio:recording';

export function keepOpened(file: JournalFile): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(file));
  } catch {
    // It is too large, or storage is blocked: the file has to be opened again.
  }
}

/** The one that was opened last in this tab, if it has that name. */
export function readOpened(name: string | null): JournalFile | undefined {
  try {
    const file: JournalFile | null = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return file?.name === name ? (file ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}
