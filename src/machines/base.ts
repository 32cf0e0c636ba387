import { fromCallback, setup } from 'xstate';
import type { ClientCommand, PersistenceCommand } from '../actors/messages.ts';
import type { Identity } from '../user.ts';
import type { SessionContext, SessionEmitted, SessionEvent, SessionInput } from './types.ts';

/* The types of the statechart, its actors and delays: what guards and actions are made on. All of it is pure. */

/** The chart alone runs with actors that do nothing; `createSessionActor` provides the real ones. */
const clientPlaceholder = fromCallback<ClientCommand>(() => {});
const persistencePlaceholder = fromCallback<PersistenceCommand>(() => {});

export const base = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    input: {} as SessionInput,
    emitted: {} as SessionEmitted,
    children: {} as { client: 'client'; persistence: 'persistence' },
    tags: {} as SessionTag,
  },
  actors: { client: clientPlaceholder, persistence: persistencePlaceholder },
  delays: {
    restoreTimeout: ({ context }) => context.timing.restoreTimeoutMs,
    tokenTimeout: ({ context }) => context.timing.tokenTimeoutMs,
    helloTimeout: ({ context }) => context.timing.helloTimeoutMs,
    retryDelay: ({ context }) => context.delayMs,
    probeTimeout: ({ context }) => context.timing.probeTimeoutMs,
    stableAfter: ({ context }) => context.timing.stableAfterMs,
    clearTimeout: ({ context }) => context.timing.storageWriteTimeoutMs,
    closeTimeout: ({ context }) => context.timing.closeTimeoutMs,
  },
});

/** What callers may match on; renaming a state breaks nobody. */
type SessionTag = 'idle' | 'busy' | 'running' | 'online' | 'waiting' | 'ending';

export interface Moment {
  readonly context: SessionContext;
  readonly event: SessionEvent;
}

const NOBODY: Identity = { kind: 'anonymous', id: '', user: { id: '' } };

/** The chart takes these events only where a session runs, so there is an identity; law 11 forbids to throw. */
export const identityOf = (context: SessionContext): Identity => context.identity ?? NOBODY;

export const isSame = (a: Identity | null | undefined, b: Identity) => a != null && a.kind === b.kind && a.id === b.id;
