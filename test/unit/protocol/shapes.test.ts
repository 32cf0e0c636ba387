import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { jsonOf } from '../../../src/protocol/events.ts';
import { isWireData, mistakeIn, shapeOfFrame } from '../../../src/protocol/shapes.ts';

const mistakeInFrame = (frame: object) => mistakeIn(frame, shapeOfFrame(frame));

it.each([
  { kind: 'hello', connectionId: 'x'.repeat(512) },
  { kind: 'hello', pingIntervalMs: 1_000 },
  { kind: 'hello', serverTimeMs: null },
  { kind: 'error', verdict: { meaning: 'lost', code: 7 } },
  { kind: 'ping', reply: new Uint8Array() },
])('%j is a frame', (frame) => {
  expect(mistakeInFrame(frame)).toBeNull();
});

it('bytes of another realm are bytes: those of TextEncoder are in Jest with jsdom', () => {
  expect(mistakeInFrame({ kind: 'ping', reply: runInNewContext('new Uint8Array([1])') })).toBeNull();
  expect(isWireData(runInNewContext('new Uint8Array([1])'))).toBe(true);
  expect(isWireData([1])).toBe(false);
});

it.each([
  ['connectionId', { kind: 'hello', connectionId: 'x'.repeat(513) }],
  ['connectionId', { kind: 'hello', connectionId: '' }],
  ['pingIntervalMs', { kind: 'hello', pingIntervalMs: 999 }],
  ['pingIntervalMs', { kind: 'hello', pingIntervalMs: '5000' }],
  ['verdict.meaning', { kind: 'error', verdict: { meaning: ['lost'] } }],
  ['verdict.meaning', { kind: 'error', verdict: { meaning: 'toString' } }],
  ['verdict.code', { kind: 'error', verdict: { meaning: 'lost', code: '7' } }],
])('a mistake in %s is named, and not quoted', (member, frame) => {
  expect(mistakeInFrame(frame)).toContain(` as ${member}, not `);
});

it.each(['', '{"type":"x"', 'null', '7', '{}', '{"type":7}', '[{"type":"x"}]'])(
  'jsonOf() finds no message in %j',
  (text) => {
    expect(jsonOf(text)).toBeNull();
    expect(jsonOf(new TextEncoder().encode(text))).toBeNull();
  },
);
