// What an app's bundle grows by: minified, in gzip bytes, by use, by package and by folder of this one.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { number, table } from '../lib.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const packages = ['xstate'];
const isOf = (name) => (id) => id === name || id.startsWith(`${name}/`);

/** What apps take from each package. */
const uses = {
  'sessionchart: createChatClient': "export { createChatClient } from 'sessionchart';",
  'sessionchart: createProtocolClient, streamChat': "export { createProtocolClient, streamChat } from 'sessionchart';",
  'sessionchart: everything it exports': "export * from 'sessionchart';",
  'stream-chat: StreamChat': "export { StreamChat } from 'stream-chat';",
  'centrifuge: Centrifuge': "export { Centrifuge } from 'centrifuge';",
  'partysocket: WebSocket': "export { WebSocket } from 'partysocket';",
  'socket.io-client: io': "export { io } from 'socket.io-client';",
  'graphql-ws: createClient': "export { createClient } from 'graphql-ws';",
};

async function bundleOf(code, external = []) {
  const entry = 'virtual:entry';
  const { output } = await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [
      { name: 'entry', resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? code : null) },
    ],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      rolldownOptions: {
        input: entry,
        external: (id) => external.some((name) => isOf(name)(id)),
        preserveEntrySignatures: 'strict',
        output: { codeSplitting: false },
      },
    },
  });
  return { gzipBytes: gzipSync(output[0].code, { level: 9 }).byteLength, bytes: output[0].code.length };
}

export async function bundle({ progress }) {
  const rows = [];
  const data = {};
  for (const [use, code] of Object.entries(uses)) {
    progress(use);
    const { gzipBytes, bytes } = await bundleOf(code);
    data[use] = { gzipBytes, bytes };
    rows.push([use, number(gzipBytes), number(bytes)]);
    if (!use.startsWith('sessionchart')) continue;
    const own = (await bundleOf(code, packages)).gzipBytes;
    data[use].own = own;
    rows.push([`— its own share`, number(own), '']);
    for (const name of packages) {
      const others = packages.filter((other) => other !== name);
      const share = (await bundleOf(code, others)).gzipBytes - own;
      data[use][name] = share;
      rows.push([`— ${name}`, number(share), '']);
    }
  }
  return {
    title: 'Bundles',
    note: 'Minified for ES2022 by Vite; what each package adds is what the bundle grows by when it joins.',
    data,
    markdown: table(['an app that imports', 'gzip bytes', 'bytes'], rows),
  };
}
