import type { ClientCommand, PersistenceCommand } from '../actors/messages.ts';
import { base, identityOf, type Moment } from './base.ts';

const toClient = (command: (moment: Moment) => ClientCommand) => base.sendTo('client', command);
const toPersistence = (command: (moment: Moment) => PersistenceCommand) => base.sendTo('persistence', command);

/** What the statechart tells its two actors. A command carries the number of its attempt. */
export const commands = {
  spawnClient: base.spawnChild('client', { id: 'client' }),
  spawnPersistence: base.spawnChild('persistence', { id: 'persistence' }),

  // To the client actor

  nextAttempt: base.assign({ attempt: ({ context }) => context.attempt + 1 }),
  loadToken: toClient(({ context }) => ({
    type: 'token.load',
    attempt: context.attempt,
    identity: identityOf(context),
    sourceKey: context.sourceKey,
    reason: context.tokenReason,
  })),
  abortToken: toClient(() => ({ type: 'token.abort' })),
  adoptSource: toClient(({ context }) => ({ type: 'token.adopt', sourceKey: context.sourceKey })),
  openSocket: toClient(({ context }) => ({
    type: 'socket.open',
    attempt: context.attempt,
    identity: identityOf(context),
    // A reconnect or a restored session must not overwrite profile edits made meanwhile (stream-chat-android).
    profile: context.save === 'due' || context.identity?.kind === 'anonymous' ? 'full' : 'idOnly',
  })),
  pingSocket: toClient(({ context }) => ({ type: 'socket.ping', attempt: context.attempt })),
  closeSocket: toClient(({ context }) => ({ type: 'socket.close', attempt: context.attempt })),
  endSession: toClient(() => ({ type: 'session.end' })),

  // To the persistence actor

  nextStorageAttempt: base.assign({ storageAttempt: ({ context }) => context.storageAttempt + 1 }),
  loadUser: toPersistence(({ context }) => ({ type: 'user.load', attempt: context.storageAttempt })),
  saveUser: toPersistence(({ context }) => ({
    type: 'user.save',
    attempt: context.storageAttempt,
    user: identityOf(context).user,
  })),
  clearUser: toPersistence(({ context }) => ({
    type: 'user.clear',
    attempt: context.storageAttempt,
    // The id by which the server knows them: a guest is no stored user of the id they had asked for.
    ...(context.forget === 'thisUser' && { onlyUserId: identityOf(context).user.id }),
  })),
  watchStore: toPersistence(() => ({ type: 'user.watch' })),
  unwatchStore: toPersistence(() => ({ type: 'user.unwatch' })),
};
