import { describe, expect, it } from 'vitest';
import { type InspectionEvent, StateMachine, StateNode } from 'xstate';
import { type Call, type ChatClient, sessionMachine } from '../../../src/index.ts';
import { alice, bob, Stage } from '../../behaviour/harness.ts';

/** Everything that can be reached from `root` by reading: members, getters, items of sets and maps, results of views. */
function reachable(root: unknown): Set<object> {
  const seen = new Set<object>();
  const visit = (value: unknown) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Map || value instanceof Set) for (const item of value) visit(item);
    for (const key of Reflect.ownKeys(value)) {
      if (typeof value === 'function' && key !== 'prototype') continue;
      try {
        visit(Reflect.get(value, key));
      } catch {
        // A getter that throws gives nothing.
      }
    }
    const { getSnapshot } = value as { readonly getSnapshot?: () => unknown };
    if (typeof getSnapshot === 'function' && !('listeners' in value)) visit(getSnapshot.call(value));
  };
  visit(root);
  return seen;
}

/** What can act: it takes events, belongs to a system, or relays between actors. */
const canAct = (value: object) => ['send', '_send', '_relay', 'system', 'mailbox'].some((name) => name in value);

describe('a client that is used inside of its inspector', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('at event %i', async (nth) => {
    const use = {
      login: (client: ChatClient) => client.connectUser(bob),
      switch: (client: ChatClient) => client.switchUser(bob),
      logout: (client: ChatClient) => client.disconnect(),
      dispose: (client: ChatClient) => client.dispose(),
    };
    for (const [name, act] of Object.entries(use)) {
      let seen = 0;
      const roots = new Set<string>();
      const calls: Call<unknown>[] = [];
      const stage: Stage = new Stage(
        { machine: undefined },
        {
          inspect: ({ rootId }) => {
            roots.add(rootId);
            seen += 1;
            if (seen === nth) calls.push(act(stage.client));
          },
        },
      );
      calls.push(stage.client.connectUser(alice));
      await stage.pass(30_000);
      for (const call of calls) await stage.result(call);
      expect(roots.size, name).toBe(1);
      await stage.result(stage.client.disconnect(), 2_000);
      await stage.value(stage.client.dispose());
      await stage.pass(2_000);
      expect([stage.backend.openNow, stage.backend.clientTimers, stage.backend.listeners], name).toEqual([0, 0, 0]);
    }
  });
});

describe('law 10: what apps and inspectors get can watch, not act', () => {
  it('nothing that is reached from an inspection event or the actor can be sent anything', async () => {
    const events: InspectionEvent[] = [];
    const stage = new Stage({ machine: undefined }, { inspect: (event) => void events.push(event) });
    await stage.online();
    stage.backend.closeSockets();
    await stage.until('online', 60_000);
    await stage.value(stage.client.disconnect(), 2_000);
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual(
      expect.arrayContaining([
        '@xstate.action',
        '@xstate.actor',
        '@xstate.event',
        '@xstate.microstep',
        '@xstate.snapshot',
      ]),
    );
    const reached = [...reachable([events, stage.client.actor])];
    expect(reached.filter(canAct)).toEqual([]);
    // Guards and actions are given the real actor.
    const runs = (value: object) => value instanceof StateMachine || value instanceof StateNode || 'resolve' in value;
    expect(reached.filter((value) => runs(value) || (typeof value === 'function' && 'config' in value))).toEqual([]);
    const { machine, _nodes } = stage.client.actor.getSnapshot();
    const parts = [...reachable(machine.config)].filter((part) => typeof part === 'object');
    expect(parts.filter((part) => !Object.isFrozen(part))).toEqual([]);
    expect(_nodes.length).toBeGreaterThan(0);
    for (const node of _nodes) expect(() => Object.assign(node, { id: 'other' })).toThrow(TypeError);
  });

  it('the statechart that is shown is complete, and to spoil it spoils nothing', async () => {
    const steps: unknown[] = [];
    const spoil = (value: unknown) => {
      for (const each of reachable(value)) {
        for (const key of Reflect.ownKeys(each)) {
          const member = Object.getOwnPropertyDescriptor(each, key);
          if (typeof member?.value === 'function' || typeof member?.value === 'string')
            Reflect.set(each, key, 'spoilt');
        }
      }
    };
    const inspect = (event: InspectionEvent) => {
      if (event.type === '@xstate.microstep') {
        const [taken] = event._transitions as unknown as readonly { source: { path: string[] }; eventType: string }[];
        if (taken !== undefined) steps.push(`${taken.source.path.join('.')} ${taken.eventType}`);
      }
    };
    const stage = new Stage({ machine: undefined }, { inspect });
    await stage.online();
    expect(steps).toContain('connecting.opening hello.received');
    expect(steps).toContain('connecting.starting ');
    const { machine, _nodes, children, getMeta } = stage.client.actor.getSnapshot();
    for (const [id, child] of Object.entries(children)) {
      expect([child?.id, child?.getSnapshot().status]).toEqual([id, 'active']);
    }
    expect(Object.keys(children)).toEqual(['client', 'persistence']);
    expect(getMeta()).toEqual({});
    expect(_nodes.map(({ id }) => id)).toEqual(['session', 'session.connected', 'session.connected.healthy']);
    expect(JSON.stringify(machine.config)).toBe(JSON.stringify(sessionMachine.config));
    expect(stage.client.actor.getSnapshot().can({ type: 'device.woke' })).toBe(true);
    expect(stage.client.actor.getSnapshot().can({ type: 'retry.due' })).toBe(false);

    const spoiling = new Stage({ machine: undefined }, { inspect: spoil });
    await spoiling.online();
    spoil(spoiling.client.actor);
    for (const each of [spoiling, stage]) {
      each.backend.closeSockets();
      await each.until('online', 60_000);
      await each.value(each.client.disconnect(), 2_000);
    }
  });

  it('what is seen cannot be changed: neither the context nor an event', async () => {
    const events: InspectionEvent[] = [];
    const stage = new Stage({ machine: undefined }, { inspect: (event) => void events.push(event) });
    const user = { ...alice, badges: [1, { of: ['gold'] }], since: 2020 };
    await stage.online(user);
    const { context, tags, value } = stage.client.actor.getSnapshot();
    expect(() => Object.assign(context.device, { online: false })).toThrow(TypeError);
    expect(() => Object.assign(value as object, { connected: 'probing' })).toThrow(TypeError);
    tags.clear();
    expect(await stage.client.retryNow()).toMatchObject({ error: { code: 'notWaiting' } });
    expect(stage.client.getSnapshot().status).toBe('online');
    const actions = events.flatMap((event) => (event.type === '@xstate.action' ? [event.action] : []));
    const identity = { kind: 'user', id: 'alice', user };
    const opened = { type: 'socket.open', attempt: 2, identity, profile: 'full' };
    expect(actions).toContainEqual({ type: 'xstate.sendTo', params: { targetId: 'client', event: opened } });
    const seen = events.find((event) => event.type === '@xstate.event' && event.event.type === 'session.connect');
    expect(seen).toMatchObject({ event: { call: 1, identity } });
    expect(() => Object.assign((seen as { readonly event: object }).event, { call: 7 })).toThrow(TypeError);
    await stage.client.dispose();
  });
});
