import { expect, it } from 'vitest';
import { CONFIGURED_SOURCE_KEY, TokenSourceRegistry } from '../../../src/token/source-registry.ts';

const provider = () => 'token';

it('the source of the client, and one that is held already, keep their keys', () => {
  const registry = new TokenSourceRegistry(provider);
  expect(registry.put(provider)).toBe(CONFIGURED_SOURCE_KEY);
  const key = registry.put('static');
  expect([registry.put('other') === key, registry.put('static') === key]).toEqual([false, true]);
});

it('law 9: a source that no login needs any more is not held', () => {
  const registry = new TokenSourceRegistry(provider);
  registry.keepOnly([null]);
  const keys = ['one', 'two', 'three'].map((source) => registry.put(source));
  registry.keepOnly([keys[1], undefined]);
  expect(keys.map((key) => registry.get(key))).toEqual([undefined, 'two', undefined]);
  expect(registry.get(CONFIGURED_SOURCE_KEY)).toBe(provider);
  expect(keys).not.toContain(registry.put('one'));
});
