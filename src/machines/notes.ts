import { base, whoOf } from './base.ts';
import { failureOf, whyOf } from './failures.ts';
import { drawBackoff, drawHurriedRetry, drawSlowRetry } from './pacing.ts';

/** What is noted of a running session: its token, its connection, and what the device says. */
export const notes = {
  // The token

  holdToken: base.assign(({ context, event }) => {
    if (event.type !== 'token.loaded') return {};
    const identity = whoOf(context);
    return {
      token: 'held' as const,
      tokenReason: 'login' as const,
      ...(event.user !== undefined && { identity: { ...identity, user: event.user } }),
    };
  }),
  dropToken: base.assign({ token: 'none' }),
  countRefusal: base.assign(({ context, event }) => ({
    token: 'none' as const,
    tokenReason: 'refused' as const,
    refusals: context.refusals + 1,
    connectionId: null,
    failure: whyOf(event),
    cause: whyOf(event).code,
  })),

  // The connection

  noteHello: base.assign(({ event }) => ({
    connectionId: event.type === 'hello.received' ? event.connectionId : null,
    origin: 'existing' as const,
    floorMs: 0,
    failure: null,
  })),
  dueSave: base.assign({ save: 'pending' }),
  noteSaved: base.assign(({ context }) => ({
    save: 'settled' as const,
    storedUserId: whoOf(context).id,
    storageFailure: null,
  })),
  noteNotSaved: base.assign(({ event }) => ({ save: 'settled' as const, storageFailure: failureOf(event) })),
  noteStable: base.assign({ failures: 0, refusals: 0, floorMs: 0, pace: 'free' }),
  countFailure: base.assign(({ context, event }) => ({
    connectionId: null,
    failures: context.failures + 1,
    pace: context.pace === 'hurried' ? ('spent' as const) : ('free' as const),
    floorMs: event.type === 'socket.lost' ? event.floorMs : context.floorMs,
    failure: whyOf(event),
    cause: whyOf(event).code,
  })),
  noteLost: base.assign(({ event }) => ({ connectionId: null, failure: whyOf(event), cause: whyOf(event).code })),
  drawBackoff: base.assign(({ context }) => drawBackoff(context)),
  drawSlowRetry: base.assign(({ context }) => drawSlowRetry(context)),
  drawHurriedRetry: base.assign(({ context }) => ({ ...drawHurriedRetry(context), pace: 'hurried' as const })),
  /** After a rest: a moment only; in full where a wait was cut short before. */
  drawResumedRetry: base.assign(({ context }) =>
    context.pace === 'free' ? { ...drawHurriedRetry(context), pace: 'hurried' as const } : drawBackoff(context),
  ),
  serveWait: base.assign({ floorMs: 0 }),

  // The environment

  noteOffline: base.assign({ online: false }),
  noteOnline: base.assign({ online: true }),
  noteBackground: base.assign(({ context }) => ({
    presence: context.presence === 'suspended' ? ('suspended' as const) : ('background' as const),
  })),
  noteForeground: base.assign(({ context }) => ({
    presence: context.presence === 'suspended' ? ('suspended' as const) : ('foreground' as const),
  })),
  noteSuspended: base.assign({ presence: 'suspended' }),
  noteAway: base.assign({ connectionId: null, cause: 'suspended', failure: null }),
  noteResumed: base.assign(({ context }) => ({
    presence: context.presence === 'suspended' ? ('foreground' as const) : context.presence,
  })),
};
