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
