import type { KeyValueStorage } from './key-value-storage.ts';
import { LONGEST_RECORD } from './record.ts';

/*
 * A storage whose values are bounded keeps a long value in several: the chunks of one of two sets (`<key>.a.0`, `.a.1`,
 * …), and under the key itself the name of the set and the number of its chunks. A write fills the set that is not in
 * use and then switches, so a crash leaves the old value or the new one. A removal begins with the last chunk, so what a
 * crash leaves of a set is always found by counting from 0.
 */

const SETS = ['a', 'b'] as const;
/** More than any value has. A storage that has a value for every key is not read for ever. */
const MOST_CHUNKS = LONGEST_RECORD / 512;
type SetName = (typeof SETS)[number];

/** `storage`, for values of any length; each of its own values has at most `mostBytes` bytes. */
export function inChunks(storage: KeyValueStorage, mostBytes: number): KeyValueStorage {
  const nameOf = (key: string, set: SetName, index: number) => `${key}.${set}.${index}`;

  async function headOf(key: string): Promise<{ readonly set: SetName; readonly count: number } | null> {
    const [, set, count] = String((await storage.getItem(key)) ?? '').match(/^chunks:([ab]):(\d+)$/) ?? [];
    return set === undefined ? null : { set: set as SetName, count: Number(count) };
  }

  /** Removes the chunks of a set but the first `kept` ones. */
  async function removeSet(key: string, set: SetName, kept = 0): Promise<void> {
    let count = kept;
    while (count < MOST_CHUNKS && (await storage.getItem(nameOf(key, set, count)))) count += 1;
    while (count > kept) {
      count -= 1;
      await storage.removeItem(nameOf(key, set, count));
    }
  }

  return {
    async getItem(key) {
      const head = await headOf(key);
      if (head === null) return storage.getItem(key);
      let value = '';
      for (let index = 0; index < head.count; index += 1) {
        const chunk = await storage.getItem(nameOf(key, head.set, index));
        // Without it the value cannot be read, however many are said to follow.
        if (!chunk) return 'incomplete';
        value += String(chunk);
      }
      return value;
    },
    async setItem(key, value) {
      const set = (await headOf(key))?.set === 'a' ? 'b' : 'a';
      const parts = split(value, mostBytes);
      const chunks = parts.length > 1 ? parts : [];
      for (const [index, chunk] of chunks.entries()) await storage.setItem(nameOf(key, set, index), chunk);
      await storage.setItem(key, chunks.length > 0 ? `chunks:${set}:${chunks.length}` : value);
      await removeSet(key, set, chunks.length);
      await removeSet(key, set === 'a' ? 'b' : 'a');
    },
    async removeItem(key) {
      for (const set of SETS) await removeSet(key, set);
      await storage.removeItem(key);
    },
  };
}

function split(value: string, mostBytes: number): readonly string[] {
  const chunks: string[] = [];
  let chunk = '';
  let bytes = 0;
  for (const character of value) {
    const size = bytesOf(character);
    if (bytes + size > mostBytes) {
      chunks.push(chunk);
      chunk = '';
      bytes = 0;
    }
    chunk += character;
    bytes += size;
  }
  return [...chunks, chunk];
}

function bytesOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x1_0000 ? 3 : 4;
}
