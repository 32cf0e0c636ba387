/** A removal that was ordered and is not durable yet. */
export interface PendingRemoval {
  /** The sequence number of the command that ordered it. */
  readonly sequence: number;
  /** `null`: whichever user is stored. */
  readonly userId: string | null;
}

/** Thrown by a load when a user who logged out is still stored and can't be removed now either. */
export class RemovalPending extends Error {
  constructor(cause: unknown) {
    super('No user is restored, because the stored user logged out and still could not be removed', { cause });
  }
}

/**
 * The removals of one repository that are pending (law 6): from the moment each is ordered until it is durable, or until
 * a later command stored a user over the record. A user with a pending removal is not restored. Commands are numbered,
 * because one that was ordered before a removal can't settle it.
 */
export class PendingRemovals {
  #pending: readonly PendingRemoval[] = [];

  request(sequence: number, userIds: readonly (string | null)[]): void {
    this.#pending = [...this.#pending, ...userIds.map((userId) => ({ sequence, userId }))];
  }

  /** Those ordered by a command up to this one. */
  upTo(sequence: number): readonly PendingRemoval[] {
    return this.#pending.filter((removal) => removal.sequence <= sequence);
  }

  settle(removals: readonly PendingRemoval[]): void {
    this.#pending = this.#pending.filter((removal) => !removals.includes(removal));
  }

  /**
   * Binds failed removals of whichever user was stored to `storedId`: when they are tried again, a user who logged in
   * elsewhere meanwhile is spared. `null`: it is unknown who was stored, so they stay unbound.
   */
  bindToUser(removals: readonly PendingRemoval[], storedId: string | null): void {
    const bound = new Map<string | null, PendingRemoval>();
    for (const { sequence, userId } of removals.filter((removal) => this.#pending.includes(removal))) {
      bound.set(userId ?? storedId, { sequence, userId: userId ?? storedId });
    }
    this.settle(removals);
    this.#pending = [...bound.values(), ...this.#pending];
  }
}

export const removesEveryone = (removals: readonly PendingRemoval[]): boolean =>
  removals.some(({ userId }) => userId === null);

export const removesUser = (removals: readonly PendingRemoval[], userId: string): boolean =>
  removals.some((removal) => removal.userId === null || removal.userId === userId);
