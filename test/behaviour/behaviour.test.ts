import { describe, it } from 'vitest';
import { play, STORIES } from './stories/index.ts';

describe('stories: the real client on a virtual clock, with the laws checked after every step', () => {
  it.each(Object.keys(STORIES))('%s', (name) => play(name));
});
