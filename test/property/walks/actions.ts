import fc from 'fast-check';
import type { EnvironmentChange } from '../../../src/environment/environment.ts';
import type { DiskFault, ProviderFault, Welcome } from '../../../src/testing/index.ts';
import type { Frame } from './frames.ts';

/*
 * What can happen on a walk: what an app calls, what goes wrong at the server, on disk and at the token endpoint, what
 * the device does, and time. Plain data, so that a walk that fails can be shrunk, printed and taken again.
 */

export type Person = 'alice' | 'bob';

export type Source = 'configured' | 'provider' | 'static' | 'othersToken';

/** What an app calls. */
export type Command =
  | { readonly do: 'restore' }
  | { readonly do: 'connect'; readonly who: Person; readonly source: Source; readonly name?: string | undefined }
  | { readonly do: 'connectGuest' }
  | { readonly do: 'connectAnonymous' }
  | { readonly do: 'switch'; readonly who: Person; readonly name?: string | undefined }
  | { readonly do: 'disconnect'; readonly forgetUser: boolean }
  | { readonly do: 'suspend' }
  | { readonly do: 'resume' }
  | { readonly do: 'retryNow' }
  | { readonly do: 'request' }
  | { readonly do: 'cancel' };

export interface Change {
  readonly do: 'device';
  readonly change: EnvironmentChange;
}

export type Action =
  | Command
  /** The next time that the app learns of something, it does this from within, one after the other; or throws. */
  | { readonly do: 'reenter'; readonly on: 'snapshot' | 'event'; readonly acts: readonly (Command | Change)[] }
  | { readonly do: 'remount' }
  | { readonly do: 'kill' }
  | { readonly do: 'welcome'; readonly welcome: Welcome }
  | { readonly do: 'provider'; readonly fault: ProviderFault }
  | { readonly do: 'disk'; readonly work: 'load' | 'save' | 'clear'; readonly fault: DiskFault }
  | { readonly do: 'unhang' }
  | { readonly do: 'mute'; readonly what: 'pings' | 'closes' }
  | { readonly do: 'heal' }
  | { readonly do: 'error'; readonly code: number }
  | { readonly do: 'close'; readonly code: number }
  | { readonly do: 'frame'; readonly frame: Frame }
  | { readonly do: 'revoke' }
  | Change
  | { readonly do: 'sleep'; readonly durationMs: number }
  | { readonly do: 'elsewhere'; readonly who: Person | null }
  /** Everything happens that needs no time. */
  | { readonly do: 'settle' }
  /** The next so many deadlines pass. */
  | { readonly do: 'step'; readonly deadlines: number }
  | { readonly do: 'pass'; readonly durationMs: number }
  /** An impatient person, or a network that comes and goes: the same again and again. */
  | { readonly do: 'repeat'; readonly act: Command | Change; readonly everyMs: number; readonly times: number };

const person = fc.constantFrom<Person>('alice', 'bob');
/** A new profile now and then. */
const name = fc.constantFrom(undefined, undefined, undefined, 'Al', 'Bo');
const source = fc.constantFrom<Source>('configured', 'configured', 'provider', 'static', 'othersToken');

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'restore' }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('connect' as const), who: person, source, name }) },
  { weight: 1, arbitrary: fc.constantFrom<Command>({ do: 'connectGuest' }, { do: 'connectAnonymous' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('switch' as const), who: person, name }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Command>(
      { do: 'disconnect', forgetUser: true },
      { do: 'disconnect', forgetUser: true },
      { do: 'disconnect', forgetUser: false },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Command>(
      { do: 'suspend' },
      { do: 'resume' },
      { do: 'retryNow' },
      { do: 'request' },
      { do: 'cancel' },
    ),
  },
);

/** All codes of the wire protocol, the ordinary faults more often. */
const ERROR_CODES = [40, 40, 40, 43, 5, 41, 42, 9, 71, 23, -1, 2, 99, 17, 4, 6] as const;
const CLOSE_CODES = [1006, 1006, 1011, 1012, 1013, 1009, 1000] as const;

const welcome: fc.Arbitrary<Welcome> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Welcome>({ kind: 'hello' }) },
  { weight: 2, arbitrary: fc.constantFrom<Welcome>({ kind: 'silence' }, { kind: 'refuse' }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('error' as const), code: fc.constantFrom(...ERROR_CODES) }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Welcome>(
      { kind: 'error', code: 9, retryAfterSeconds: 20 },
      { kind: 'text', text: '<html>Log in to this network</html>' },
      { kind: 'text', text: 'token invalid' },
      { kind: 'helloFor', userId: 'mallory' },
    ),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), code: fc.constantFrom(...CLOSE_CODES) }) },
);

const fault: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('welcome' as const), welcome }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('provider' as const),
      fault: fc.constantFrom<ProviderFault>('none', 'throws', 'hangs', 'hangs', 'empty', 'othersToken', 'sameToken'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('disk' as const),
      work: fc.constantFrom('load' as const, 'save' as const, 'clear' as const),
      fault: fc.constantFrom<DiskFault>('none', 'throws', 'hangs'),
    }),
  },
  { weight: 3, arbitrary: fc.constant<Action>({ do: 'unhang' }) },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ do: 'mute', what: 'pings' }, { do: 'mute', what: 'closes' }) },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'heal' }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('error' as const), code: fc.constantFrom(...ERROR_CODES) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('close' as const), code: fc.constantFrom(...CLOSE_CODES) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('frame' as const),
      frame: fc.constantFrom(
        'chat' as const,
        'chat' as const,
        'hello' as const,
        'otherId' as const,
        'html' as const,
        'number' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'revoke' }) },
);

const change: fc.Arbitrary<Change> = fc.record({
  do: fc.constant('device' as const),
  change: fc.constantFrom<EnvironmentChange>(
    'online',
    'offline',
    'background',
    'foreground',
    'frozen',
    'thawed',
    'woke',
  ),
});

const surroundings: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: change },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Action>({ do: 'sleep', durationMs: 30_000 }, { do: 'sleep', durationMs: 3_600_000 }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('elsewhere' as const),
      who: fc.constantFrom(null, 'alice' as const, 'bob' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ do: 'remount' }, { do: 'kill' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reenter' as const),
      on: fc.constantFrom('snapshot' as const, 'snapshot' as const, 'event' as const),
      acts: fc.array(fc.oneof({ weight: 4, arbitrary: command }, { weight: 1, arbitrary: change }), { maxLength: 3 }),
    }),
  },
);

const time: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Action>({ do: 'settle' }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('step' as const), deadlines: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      durationMs: fc.constantFrom(200, 1_000, 4_000, 16_000, 40_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('repeat' as const),
      act: fc.constantFrom<Command | Change>(
        { do: 'retryNow' },
        { do: 'connect', who: 'alice', source: 'provider' },
        { do: 'device', change: 'online' },
        { do: 'device', change: 'woke' },
        { do: 'device', change: 'foreground' },
      ),
      everyMs: fc.constantFrom(100, 1_000, 6_000),
      times: fc.constantFrom(20, 60),
    }),
  },
);

/** What happens on one walk. */
export interface Walk {
  /** Who is stored when it begins. */
  readonly stored: Person | null;
  readonly actions: readonly Action[];
}

export const walks: fc.Arbitrary<Walk> = fc.record({
  stored: fc.constantFrom(null, null, 'alice' as const),
  actions: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: command },
      { weight: 6, arbitrary: fault },
      { weight: 3, arbitrary: surroundings },
      { weight: 9, arbitrary: time },
    ),
    { maxLength: 24, size: 'max' },
  ),
});
