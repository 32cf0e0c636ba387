import { readFileSync } from 'node:fs';
import type { AnyStateNode } from 'xstate';
import { type ErrorCode, SessionError } from '../src/errors.ts';
import { sessionMachine } from '../src/machines/session.ts';
import { DEFAULT_TIMING, type Timing } from '../src/timing.ts';
import { toMermaid } from '../src/tools/cli/machine/diagram.ts';

/*
 * The parts of the documentation that are taken from the code. Each stands between two markers:
 *
 *   <!-- begin: states -->
 *   …
 *   <!-- end: states -->
 *
 * `npm run docs` writes them anew; a test says when they are not current.
 */

/** The files that hold such blocks, from the root of the project. */
export const FILES = ['README.md', 'docs/statechart.md', 'docs/testing.md'] as const;

/** `text` with every block between markers replaced by what the code says now. Throws on a marker nobody knows. */
export function fillIn(text: string): string {
  return text.replace(/<!-- begin: (\S+) -->\n[\s\S]*?<!-- end: \1 -->/g, (_, name: string) => {
    const write = BLOCKS[name];
    if (write === undefined)
      throw new Error(`There is no block called ${name}, only ${Object.keys(BLOCKS).join(', ')}`);
    return `<!-- begin: ${name} -->\n${write()}\n<!-- end: ${name} -->`;
  });
}

const BLOCKS: Readonly<Record<string, () => string>> = {
  diagram: () => `\`\`\`mermaid\n${toMermaid(sessionMachine)}\`\`\``,
  states,
  transitions,
  options: () =>
    table(['option', 'what it is'], properties('src/client/options.ts', 'ChatClientOptions').map(optionRow)),
  timing: () => table(['`timing.…`', 'default', 'what it is'], properties('src/timing.ts', 'Timing').map(timingRow)),
  statuses: () => table(['status', 'meaning'], bullets(docOf('src/client/client-snapshot.ts', 'type Status'))),
  errors,
  subject: () => declarations('test/model/third-party/stream-chat.test.ts', ['streamChat']),
  cases: () => declarations('test/model/third-party/deviations.ts', ['patientCases', 'deviationOn']),
  ownSuite: () => declarations('test/model/real.test.ts', []),
};

/** What a test declares at its top level, as an app would write it; without names, all of the test. */
function declarations(path: string, names: readonly string[]): string {
  const text = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8').replaceAll(
    '../../src/testing/index.ts',
    'sessionchart/testing',
  );
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
  return `\`\`\`ts\n${names.length === 0 ? text.trimEnd() : parts.join('\n\n')}\n\`\`\``;
}

function states(): string {
  const rows = allStates(sessionMachine.root).map((node) => {
    const isInner = node.path.length > 1;
    return [`${isInner ? '&ensp;' : ''}\`${isInner ? node.key : nameOf(node)}\``, node.description ?? ''];
  });
  return table(['state', 'what it means'], rows);
}

function transitions(): string {
  const rows = allStates(sessionMachine.root).flatMap((node) =>
    [...node.transitions.values()].flat().map(({ eventType, guard, target, reenter, description }) => {
      const to = target?.map((each) => code(nameOf(each)) + (reenter ? ' again' : '')).join() ?? 'stays';
      return [code(nameOf(node)), code(eventType), typeof guard === 'string' ? code(guard) : '', to, description ?? ''];
    }),
  );
  return table(['state', 'event', 'guard', 'target', 'why'], rows);
}

function allStates(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...allStates(child)]);
}

const nameOf = (node: AnyStateNode): string => node.path.join('.');

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

function optionRow({ name, doc }: Property): string[] {
  return [code(name), doc];
}

function timingRow({ name, doc }: Property): string[] {
  const value = DEFAULT_TIMING[name as keyof Timing];
  return [code(name), value.toLocaleString('en'), doc.replace(/ Default [\d,]+( \([^)]*\))?\.$/, '')];
}

/** The properties of an interface with their docstrings, as the source says them. */
function properties(path: string, name: string): readonly Property[] {
  const body = read(path).match(new RegExp(`^export interface ${name} \\{\\n(?<body>[\\s\\S]*?)^\\}`, 'm'))?.groups
    ?.body;
  const found = [...(body ?? '').matchAll(/\/\*\*(?<doc>[\s\S]*?)\*\/\s+readonly (?<name>\w+)\??:/g)];
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

const plain = (doc: string): string =>
  doc
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\{@link ([^}]+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim();

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}
