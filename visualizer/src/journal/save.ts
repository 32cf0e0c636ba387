import type { Journal } from '../../../src/index.ts';

/** Hands a journal to the browser as a file. */
export function saveJournal(journal: Journal): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(journal, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `session-${new Date(journal.startedAtMs).toISOString().replaceAll(/[:.]/g, '-')}.json`;
  link.click();
  // The download has begun by then; the browser keeps what it needs of it.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
