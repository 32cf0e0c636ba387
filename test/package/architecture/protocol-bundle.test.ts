import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';

/*
 * An app with a protocol of its own carries none of the default protocol.
 */

const APP = 'virtual:app';

/** A minified module that uses one function of the package. */
async function bundleOf(program: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === APP ? id : null),
        load: (id) => (id === APP ? program : null),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      rollupOptions: { input: APP, preserveEntrySignatures: 'strict' },
    },
  });
  const [first] = Array.isArray(result) ? result : [result];
  if (first === undefined || !('output' in first)) throw new Error('vite did not build');
  return first.output[0].code;
}

const INDEX = new URL('../../../src/index.ts', import.meta.url).pathname;
const using = (name: string) => `import { ${name} } from '${INDEX}'; export const create = ${name};`;

const STREAM = ['health.check', 'connection.ok', 'stream-auth-type', 'user_details', 'chat.stream-io-api.com'];

describe('the bundle of an app', () => {
  it('with its own protocol has nothing of the default one', async () => {
    const own = await bundleOf(using('createProtocolClient'));
    const standard = await bundleOf(using('createChatClient'));
    expect(STREAM.filter((word) => own.includes(word))).toEqual([]);
    expect(STREAM.filter((word) => standard.includes(word))).toEqual(STREAM);
    const saved = gzipSync(standard).length - gzipSync(own).length;
    expect(saved, 'bytes, gzip').toBeGreaterThan(2_000);
  });
});
