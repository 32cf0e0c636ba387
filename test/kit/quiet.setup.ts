import { afterEach, beforeEach, expect } from 'vitest';

/*
 * A green run writes nothing to stderr: a test that has the console warned of something fails. One that expects a
 * warning replaces the console's method.
 */

type Level = 'warn' | 'error';

const printed: string[] = [];
// biome-ignore lint/suspicious/noConsole: it is what is watched
const original = { warn: console.warn, error: console.error };

function record(level: Level) {
  return (...parts: unknown[]) => {
    printed.push(parts.map(String).join(' '));
    original[level](...parts);
  };
}

beforeEach(() => {
  printed.length = 0;
  Object.assign(console, { warn: record('warn'), error: record('error') });
});

afterEach(() => {
  Object.assign(console, original);
  expect(printed, 'what was written to stderr').toEqual([]);
});
