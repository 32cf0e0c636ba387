import { afterEach, expect, it, vi } from 'vitest';
import { createId } from '../../../src/client/ids.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

afterEach(() => vi.restoreAllMocks());

it.each([0, 0.25, 0.5, 1 - Number.EPSILON])('is a UUID of version 4 where chance gives %s', (random) => {
  vi.spyOn(Math, 'random').mockReturnValue(random);
  expect(createId()).toMatch(UUID);
});

it('differs each time', () => {
  expect(new Set(Array.from({ length: 1_000 }, createId)).size).toBe(1_000);
});
