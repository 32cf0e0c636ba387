import { base } from './base.ts';
import { failureFor, LOGGED_OUT } from './failures.ts';
import type { SessionEvent } from './types.ts';

/** What the façade is told, for its pending calls. */
export const answers = {
  emitRestored: base.emit(({ context }) => ({
    type: 'restore.settled',
    user: context.identity?.user ?? null,
    failure: null,
  })),
  emitNobodyRestored: base.emit(({ event }) => ({
    type: 'restore.settled',
    user: null,
    failure: event.type === 'user.unreadable' || event.type === 'restore.timedOut' ? failureFor(event) : null,
  })),
  emitAccepted: base.emit(({ event }) => ({ type: 'connect.accepted', call: callOf(event) })),
  emitRefused: base.emit(({ event }) => ({ type: 'connect.refused', call: callOf(event) })),
  emitDropped: base.emit({ type: 'connect.dropped' }),
  emitConnected: base.emit({ type: 'session.connected' }),
  emitEnded: base.emit(({ context }) => ({ type: 'session.ended', failure: context.failure ?? LOGGED_OUT })),
  emitClosed: base.emit(({ context }) => ({
    type: 'session.closed',
    forgotten: context.forgotten,
    failure: context.forgotten === 'failed' ? context.storageFailure : null,
  })),
};

function callOf(event: SessionEvent): number {
  return event.type === 'session.connect' ? event.call : 0;
}
