import type { User } from '../user.ts';
import type { ProvidedRepository } from './repository.ts';

/** Keeps the user as long as the object lives: for tests, and for apps that want no restored sessions. Never fails. */
export function memoryRepository(): ProvidedRepository {
  // As text: what is handed out and in stays the caller's own.
  let stored = 'null';
  return {
    getCurrentUser: () => JSON.parse(stored) as User | null,
    setCurrentUser: (user) => {
      stored = JSON.stringify(user);
    },
    clearCurrentUser: () => {
      stored = 'null';
    },
  };
}
