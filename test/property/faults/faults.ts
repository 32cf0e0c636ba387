import type { Fault } from '../../../src/tools/devserver/index.ts';
import type { Site } from './site.ts';

/*
 * Everything that can be made to go wrong around a session.
 */

export interface SiteFault {
  readonly name: string;
  readonly apply: (site: Site) => void | Promise<void>;
}

const always = { times: 'untilLifted' } as const;

/** Each type of fault that the server has, with every choice that a session could see. */
const SERVER: readonly Fault[] = [
  { type: 'refuseUpgrade', ...always },
  ...[401, 403, 404, 413, 429, 431, 500, 503].map((status) => ({ type: 'refuseUpgrade', ...always, status }) as const),
  { type: 'refuseUpgrade', ...always, status: 429, retryAfterSeconds: 0.2 },
  ...[40, 41, 42, 43, 5, 2, 69, 99, 17, 4, 6, 9, 71, 3, 23, -1, 46, 12_345].map(
    (code) => ({ type: 'refuseConnect', ...always, code }) as const,
  ),
  { type: 'refuseConnect', ...always, code: 9, retryAfterSeconds: 0.2, as: 'connection.error', closeCode: null },
  ...[1000, 1008, 1011, 1012, 1013, 4401, null].map(
    (closeCode) => ({ type: 'closeOnConnect', ...always, closeCode }) as const,
  ),
  { type: 'closeOnConnect', ...always, when: 'afterHello' },
  { type: 'spoilHello', ...always, frame: { kind: 'text', text: 'token invalid' } },
  { type: 'spoilHello', ...always, frame: { kind: 'json', value: { type: 'health.check', me: 7 } } },
  { type: 'spoilHello', ...always, frame: { kind: 'binary', bytes: 100 } },
  { type: 'spoilHello', ...always, frame: { kind: 'huge', bytes: 2_000_000 } },
  { type: 'delayHello', ...always, delayMs: 300 },
  { type: 'withholdHello', ...always },
  { type: 'wrongHello', ...always, asUserId: 'mallory' },
  { type: 'rateLimit', ...always, retryAfterSeconds: 0.2 },
  { type: 'failHttp', ...always },
  { type: 'failHttp', ...always, status: 500 },
  { type: 'failHttp', ...always, status: 200, text: '<html>Log in</html>' },
  { type: 'holdHttp', ...always },
  { type: 'revokeTokens' },
  { type: 'expireTokens' },
  { type: 'restart' },
  { type: 'goSilent' },
  { type: 'goSilent', on: 'next', ...always },
  { type: 'ignoreClose' },
  { type: 'ignoreClose', on: 'next', ...always },
  ...[40, 43, 2, 17, 9, -1].map((code) => ({ type: 'sendError', code }) as const),
  { type: 'dropSockets' },
  ...[1000, 1001, 1009, 1012, 1013, 4401].map((closeCode) => ({ type: 'closeSockets', closeCode }) as const),
  { type: 'sendFrame', frame: { kind: 'text', text: '{"type":' } },
  { type: 'sendFrame', frame: { kind: 'json', value: { __proto__: null, type: 7 } } },
  { type: 'sendFrame', frame: { kind: 'binary', bytes: 1_000 } },
  { type: 'sendFrame', frame: { kind: 'huge', bytes: 2_000_000 } },
  { type: 'secondHello' },
  { type: 'secondHello', asUserId: 'mallory' },
];

/** The app's own code, the device and the clocks. */
const LOCAL: readonly SiteFault[] = [
  ...(['throws', 'rejects', 'hangs'] as const).flatMap((behaviour): SiteFault[] => [
    {
      name: `provider ${behaviour}`,
      apply: (site) => {
        site.provider = behaviour;
      },
    },
    ...(['load', 'save', 'clear'] as const).map((call) => ({
      name: `repository ${behaviour} on ${call}`,
      apply: (site: Site) => {
        site.storage[call] = behaviour;
      },
    })),
  ]),
  ...['', 'garbage', 'a.b.c'].map((token) => ({
    name: `provider gives '${token}'`,
    apply: (site: Site) => {
      site.provider = { token };
    },
  })),
  {
    name: "provider gives another user's token",
    apply: async (site) => {
      site.provider = { token: await site.server.createToken('mallory') };
    },
  },
  {
    name: 'provider gives an expired token',
    apply: async (site) => {
      site.provider = { token: await site.server.createToken('alice', { expiresInSeconds: -60 }) };
    },
  },
  ...(['offline', 'background', 'frozen', 'woke', 'online'] as const).map((change) => ({
    name: `environment ${change}`,
    apply: (site: Site) => site.change(change),
  })),
  {
    name: 'environment flaps',
    apply: (site) => {
      for (let count = 0; count < 20; count += 1) site.change(count % 2 === 0 ? 'offline' : 'online');
    },
  },
  ...[86_400_000, -86_400_000].flatMap((offsetMs): SiteFault[] => [
    {
      name: `clock jumps by ${offsetMs / 3_600_000} h`,
      apply: (site) => {
        site.clockOffsetMs = offsetMs;
      },
    },
    {
      name: `server's clock jumps by ${offsetMs / 3_600_000} h`,
      apply: (site) => {
        site.serverOffsetMs = offsetMs;
      },
    },
  ]),
];

export const FAULTS: readonly SiteFault[] = [
  ...SERVER.map((fault) => ({ name: describe(fault), apply: (site: Site) => void site.server.faults.cause(fault) })),
  ...LOCAL,
];

/** The type, and what differs from others of the type: `refuseConnect code 40`. */
function describe(fault: Fault): string {
  const details = Object.entries(fault).filter(([field]) => field !== 'type' && field !== 'times');
  const words = details.map(
    ([field, value]) => `${field} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  return [fault.type, ...words].join(' ');
}
