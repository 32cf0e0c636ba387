import fc from 'fast-check';
import { expect } from 'vitest';
import type { ClientCommand } from '../../../src/actors/messages.ts';
import type { Identity } from '../../../src/user.ts';
import { fakeBackend } from './backends.ts';
import { alice, aliceToken, bob, bobToken, hello, startClient, turn } from './harness.ts';

/*
 * Random commands, random servers, random time: the laws of the client actor hold for every order.
 */

const anonymous: Identity = { kind: 'anonymous', id: 'nobody', user: { id: 'nobody' } };

const people = [alice, bob, anonymous];

type Step =
  /** Everything on the way to a connection, up to some point: by chance alone none would get there. */
  | { readonly kind: 'login'; readonly who: number; readonly upTo: number }
  | { readonly kind: 'command'; readonly name: ClientCommand['type']; readonly who: number }
  | { readonly kind: 'frame'; readonly frame: unknown }
  | { readonly kind: 'close'; readonly code: number }
  | { readonly kind: 'opened' | 'turn' | 'drop' | 'deaf' }
  | { readonly kind: 'time'; readonly ms: number };

const names: readonly ClientCommand['type'][] = [
  'token.load',
  'token.abort',
  'token.adopt',
  'socket.open',
  'socket.ping',
  'socket.close',
  'session.end',
];

const frames: readonly unknown[] = [
  hello('alice'),
  hello('bob'),
  hello('!anon', 'c2'),
  { type: 'message.new' },
  { type: 'health.check' },
  { error: { code: 40 } },
  { error: { code: 41 } },
  { error: { code: 17 } },
  'token invalid',
  'nonsense',
];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('login'), who: fc.nat(2), upTo: fc.nat(5) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('command'), name: fc.constantFrom(...names), who: fc.nat(2) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('frame'), frame: fc.constantFrom(...frames) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close'), code: fc.constantFrom(1000, 1006, 1012) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('opened', 'turn', 'drop', 'deaf') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('time'), ms: fc.constantFrom(1, 1_000, 5_000, 30_000) }) },
) as fc.Arbitrary<Step>;

/** Plays the steps and the end of the session; returns how often the client was connected. */
export async function play(steps: readonly Step[]): Promise<number> {
  const backend = fakeBackend();
  backend.opensLater = true;
  let newest = 0;
  let current: { readonly attempt: number; readonly who: Identity } | null = null;
  let mayDeliver = false;
  let hellos = 0;
  const client = startClient({
    backend,
    source: async ({ id }) => (id === 'bob' ? bobToken : aliceToken),
    onFact: (fact) => {
      if ('attempt' in fact) expect(fact.attempt, `law 4: ${fact.type} of an old attempt`).toBe(newest);
      if (fact.type !== 'hello.received') return;
      expect(current?.attempt, 'law 10').toBe(fact.attempt);
      mayDeliver = true;
      hellos += 1;
    },
    overrides: {
      deliver: ({ receiver }) => {
        expect(mayDeliver, 'law 4: an event outside of a session').toBe(true);
        expect(current?.who.id, 'law 4: an event of another session').toBe(receiver);
      },
    },
  });
  const command = ({ name, who }: Extract<Step, { readonly kind: 'command' }>): ClientCommand => {
    const identity = people[who] ?? alice;
    switch (name) {
      case 'token.load':
        return { type: name, attempt: ++newest, identity, sourceKey: 0, reason: 'login' };
      case 'socket.open':
        mayDeliver = false;
        newest += 1;
        current = { attempt: newest, who: identity };
        return { type: name, attempt: newest, identity, profile: 'full' };
      case 'socket.close':
        mayDeliver = false;
        current = null;
        return { type: name, attempt: ++newest };
      case 'session.end':
        mayDeliver = false;
        return { type: name };
      case 'socket.ping':
        return { type: name, attempt: newest };
      case 'token.adopt':
        return { type: name, sourceKey: 0 };
      default:
        return { type: name };
    }
  };

  const login = async (who: number, upTo: number) => {
    const greeting = hello(who === 2 ? '!anon' : people[who]?.id);
    const stages = [
      () => client.send(command({ kind: 'command', name: 'token.load', who })),
      turn,
      () => client.send(command({ kind: 'command', name: 'socket.open', who })),
      turn,
      () => backend.made.at(-1)?.open(),
      () => backend.made.at(-1)?.say(greeting),
    ];
    for (const stage of stages.slice(0, upTo + 1)) await stage();
  };

  for (const each of steps) {
    const socket = backend.made.at(-1);
    const isOpen = socket?.readyState === 1;
    if (each.kind === 'login') await login(each.who, each.upTo);
    else if (each.kind === 'command') client.send(command(each));
    else if (each.kind === 'time') await client.clock.advance(each.ms);
    else if (each.kind === 'turn') await turn();
    else if (each.kind === 'frame' && isOpen) socket.say(addressed(each.frame, socket.url));
    else if (each.kind === 'close' && isOpen) socket.end(each.code);
    else if (each.kind === 'opened') socket?.open();
    else if (each.kind === 'drop') socket?.fail();
    else if (each.kind === 'deaf' && isOpen) socket.answersClose = false;
    const listening = backend.made.filter(({ onclose }) => onclose !== null);
    expect(listening.length, 'law 1: one socket').toBeLessThanOrEqual(1);
  }

  client.send({ type: 'session.end' });
  client.send({ type: 'socket.close', attempt: ++newest });
  await turn();
  await client.clock.advance(1_000);
  await turn();
  expect(client.facts.at(-1), 'law 5: the end is answered').toEqual({ type: 'socket.closed', attempt: newest });
  expect(client.clock.running, 'law 2: no timer').toBe(0);
  expect(
    backend.made.filter(({ onclose }) => onclose !== null),
    'law 2: no socket',
  ).toEqual([]);
  expect(
    client.reports.filter(({ source }) => source === 'internal'),
    'no fault of ours',
  ).toEqual([]);
  expect(JSON.stringify([client.facts, client.reports]), 'law 9').not.toMatch(/eyJ/);
  for (const { url } of backend.made) {
    const token = new Map([
      ['alice', aliceToken],
      ['bob', bobToken],
    ]).get(userIn(url));
    expect(new URL(url).searchParams.get('authorization'), 'law 4: own token').toBe(token ?? '');
  }
  return hellos;
}

/** Events say on whose socket they were sent. */
function addressed(frame: unknown, url: string): unknown {
  return typeof frame === 'object' ? { ...frame, receiver: userIn(url) } : frame;
}

function userIn(url: string): string {
  return JSON.parse(new URL(url).searchParams.get('json') ?? '').user_id;
}

/** Takes `runs` walks by chance, and fails when one breaks a law. */
export async function takeClientWalks(runs: number): Promise<void> {
  let hellos = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      hellos += await play(steps);
    }),
    { numRuns: runs },
  );
  expect(hellos, 'the walks get somewhere').toBeGreaterThan(runs / 10);
}
