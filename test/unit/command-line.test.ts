import { describe, expect, it } from 'vitest';
import { collectOrigins, parsePort } from '../../src/tools/cli/listening.ts';

describe('an option of the command line', () => {
  it.each(['-1', '65536', 'many', '1.5', ' '])('refuses the port %j', (port) => {
    expect(() => parsePort(port)).toThrow('0 to 65535');
  });

  it('takes any port that there is, and 0 for a free one', () => {
    expect(['0', '65535'].map(parsePort)).toEqual([0, 65_535]);
  });

  it.each(['notanorigin', '*', 'http://localhost:5173/path'])('refuses to allow %s', (origin) => {
    expect(() => collectOrigins(origin, [])).toThrow('It must be an origin');
  });

  it('collects the origins that it allows', () => {
    const once = collectOrigins('http://localhost:5173', []);
    expect(collectOrigins('http://localhost:*', once)).toEqual(['http://localhost:5173', 'http://localhost:*']);
  });
});
