import type { ModelState } from '../model-state.ts';
import { type Bare, bare, type EventCase, type EventType } from './event-case.ts';

/** The environment is listened to while a session runs. */
const isListened = ({ snapshot }: ModelState) => snapshot.value !== 'loggedOut';

const isRunning =
  (type: EventType) =>
  ({ work }: ModelState) =>
    [...work.timers.values()].some(({ event }) => event.type === type);

const timer = <T extends Bare>(type: T, words: string) => bare(type, words, isRunning(type));

/** What the device reports, and the statechart's own timers. */
export const OUTER_FACTS: readonly EventCase[] = [
  bare('network.wentOffline', 'the network goes', isListened),
  bare('network.cameOnline', 'the network returns', isListened),
  bare('app.wentToBackground', 'the app goes to the background', isListened),
  bare('app.cameToForeground', 'the app comes to the foreground', isListened),
  bare('device.woke', 'the device wakes', isListened),
  timer('restore.timedOut', 'restoring takes too long'),
  timer('token.timedOut', 'the token takes too long'),
  timer('hello.timedOut', 'the hello takes too long'),
  timer('retry.due', 'the wait is over'),
  timer('probe.timedOut', 'the probe is not answered'),
  timer('connection.becameStable', 'the connection becomes stable'),
  timer('clear.timedOut', 'the removal takes too long'),
  timer('close.timedOut', 'the close takes too long'),
];
