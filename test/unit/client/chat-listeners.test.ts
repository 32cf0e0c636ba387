import { expect, it } from 'vitest';
import { ChatListeners } from '../../../src/client/listeners.ts';

it('law 4: each listener receives each event once, also one whose type is "*"', () => {
  const listeners = new ChatListeners(() => {});
  const heard: string[] = [];
  listeners.on('*', ({ type }) => heard.push(`all: ${type}`));
  listeners.on('message.new', ({ type }) => heard.push(`one: ${type}`));
  for (const type of ['message.new', '*', 'typing.start']) listeners.deliver({ type }, () => true);
  expect(heard).toEqual(['one: message.new', 'all: message.new', 'all: *', 'all: typing.start']);
});

it.each(['message.new', '*'])(
  'a listener of %s is removed by what its own registration returned, and no other is',
  (type) => {
    const listeners = new ChatListeners(() => {});
    let calls = 0;
    const count = () => {
      calls += 1;
    };
    const callsOfOne = () => {
      calls = 0;
      listeners.deliver({ type: 'message.new' }, () => true);
      return calls;
    };
    const [stopFirst, stopSecond] = [listeners.on(type, count), listeners.on(type, count)];
    expect(callsOfOne()).toBe(2);
    stopFirst();
    stopFirst();
    expect(callsOfOne()).toBe(1);
    stopSecond();
    expect(callsOfOne()).toBe(0);
    listeners.on(type, count);
    stopFirst();
    stopSecond();
    expect(callsOfOne()).toBe(1);
  },
);
