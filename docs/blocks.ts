import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, SessionError } from '../src/errors.ts';
import { DEFAULT_TIMING, type Timing } from '../src/timing.ts';
import { code, plain, table } from './markdown.ts';
import { stateSvg } from './picture.ts';
import { guards, states, transitions } from './statechart.ts';

/*
 * The parts of the documentation that are taken from the code. Each stands between two markers:
 *
 *   <!-- begin: states -->
 *   …
 *   <!-- end: states -->
 *
 * `npm run docs` writes them anew; a test fails when they are out of date.
 */

const root = new URL('../', import.meta.url);

/** Every page of the documentation, from the root of the project. */
export const PAGES: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Files that are taken from the code as a whole. */
export const GENERATED: Readonly<Record<string, () => string>> = { 'docs/states.svg': stateSvg };

/** `text` with every block between markers replaced by what the code says now. Throws on an unknown marker. */
export function fillIn(text: string): string {
  return text.replace(/<!-- begin: (\S+) -->\n[\s\S]*?<!-- end: \1 -->/g, (_, name: string) => {
    const write = BLOCKS[name];
    if (write === undefined)
      throw new Error(`There is no block called ${name}, only ${Object.keys(BLOCKS).join(', ')}`);
    return `<!-- begin: ${name} -->\n${write()}\n<!-- end: ${name} -->`;
  });
}

const BLOCKS: Readonly<Record<string, () => string>> = {
  states,
  transitions,
  guards,
  options: () =>
    table(['option', 'what it is'], properties('src/client/options.ts', 'interface ChatClientOptions').map(optionRow)),
  timing: () =>
    table(
      ['`timing.…`', 'default', 'what it is'],
      properties('src/timing.ts', 'const DEFAULT_TIMING =').map(timingRow),
    ),
  snapshot: () =>
    table(
      ['field', 'what it is'],
      properties('src/client/client-snapshot.ts', 'interface ClientSnapshot').map(({ name, doc }) => [code(name), doc]),
    ),
  statuses: () => table(['status', 'meaning'], bullets(docOf('src/client/client-snapshot.ts', 'type Status'))),
  errors,
  subject: () => declarations('test/model/third-party/stream-chat.test.ts', ['streamChat']),
};

/** What a test declares at its top level, as an app would write it. */
function declarations(path: string, names: readonly string[]): string {
  const text = read(path);
  const parts = names.map((name) => {
    const found = text.match(
      new RegExp(
        `^(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?(?:export )?(?:const|(?:async )?function) ${name}\\b[\\s\\S]*?^\\}.*$`,
        'm',
      ),
    );
    if (found === null) throw new Error(`${path} does not declare ${name}.`);
    return found[0].replace(/^export /m, '');
  });
  return `\`\`\`ts\n${reformat(parts.join('\n\n'))}\`\`\``;
}

/** In lines that are not cut at the width of a page. */
function reformat(code: string): string {
  const biome = fileURLToPath(new URL('node_modules/@biomejs/biome/bin/biome', root));
  const options = ['--line-width=94', '--indent-style=space', '--javascript-formatter-quote-style=single'];
  return execFileSync(process.execPath, [biome, 'format', ...options, '--stdin-file-path=example.ts'], {
    input: code,
    encoding: 'utf8',
  });
}

function errors(): string {
  const rows = bullets(docOf('src/errors.ts', 'type ErrorCode')).map(([name = '', meaning = '']) => {
    const { remedy, retryable } = new SessionError({ code: name.replaceAll('`', '') as ErrorCode, message: '' });
    return [name, meaning, remedy, retryable ? 'yes' : 'no'];
  });
  return table(['`error.code`', 'what happened', '`error.remedy`', '`retryable`'], rows);
}

interface Property {
  readonly name: string;
  readonly doc: string;
}

const optionRow = ({ name, doc }: Property): string[] => [code(name), doc];

function timingRow({ name, doc }: Property): string[] {
  const value = DEFAULT_TIMING[name as keyof Timing];
  return [code(name), value.toLocaleString('en'), doc.replace(/ Default [\d,]+( \([^)]*\))?\.$/, '')];
}

/** The properties of an interface or an object with their docstrings, as the source says them. */
function properties(path: string, declaration: string): readonly Property[] {
  const body = read(path).match(new RegExp(`^export ${declaration} \\{\\n(?<body>[\\s\\S]*?)^\\}`, 'm'))?.groups?.body;
  const found = [...(body ?? '').matchAll(/\/\*\*(?<doc>[\s\S]*?)\*\/\s+(?:readonly )?(?<name>\w+)\??:/g)];
  return found.map(({ groups }) => ({
    name: groups?.name ?? '',
    doc: plain(groups?.doc ?? ''),
  }));
}

/** The docstring above a declaration, line breaks kept. */
function docOf(path: string, declaration: string): string {
  const text = read(path);
  const before = text.slice(0, text.indexOf(`export ${declaration} `));
  return before.slice(before.lastIndexOf('/**') + 3, before.lastIndexOf('*/')).replace(/^ *\* ?/gm, '');
}

/** `- \`name\`: text` over any number of lines, as rows of a table. */
function bullets(doc: string): string[][] {
  return [...doc.matchAll(/^- `(?<name>\w+)`: (?<text>(?:.|\n(?!- |\n))*)/gm)].map(({ groups }) => [
    code(groups?.name ?? ''),
    sentence(plain(groups?.text ?? '')),
  ]);
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}
