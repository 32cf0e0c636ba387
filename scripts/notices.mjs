// The licences of the packages whose code is in dist.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const MODULE = /^(?<folder>.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

export function createNotices() {
  const folders = new Set();
  return {
    /** Collects the packages that a bundle has something of. */
    plugin: {
      name: 'notices',
      generateBundle(_, files) {
        for (const { modules = {} } of Object.values(files)) {
          for (const [id, { renderedLength }] of Object.entries(modules)) {
            const folder = MODULE.exec(id)?.groups.folder;
            if (folder !== undefined && renderedLength > 0) folders.add(folder);
          }
        }
      },
    },
    text: async () => (await Promise.all([...folders].sort().map(noticeOf))).join(`\n${'-'.repeat(80)}\n\n`),
  };
}

async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} is bundled, and has no licence file.`);
  return `${name} ${version} (${license})\n\n${await readFile(join(folder, file), 'utf8')}`;
}
