import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The sources as text: there is no compiler API to ask, and formatted imports are regular enough. */

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
  /** From the root of the project: `src/client/call.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** A path from the root of the project, or the name of a package: `src/errors.ts`, `zod/mini`, `node:fs`. */
  readonly target: string;
  /** Whether it is erased: `import type` or `export type`. */
  readonly typeOnly: boolean;
}

export function readSources(folder = 'src'): readonly SourceFile[] {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map(readSource);
}

export function sourceExists(path: string): boolean {
  return existsSync(`${root}${path}`);
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(`${root}${path}`, 'utf8');
  const code = withoutComments(text);
  return { path, text, code, imports: importsOf(path, code) };
}

/** A `//` in a string is taken for a comment only after a space, which no address has. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

const NAMES = String.raw`(?:\{[^}]*\}|\* as \w+|\*|\w+(?:, (?:\{[^}]*\}|\* as \w+))?)`;
const STATIC_IMPORT = new RegExp(`^(?:import|export)(?<type> type)? (?:${NAMES} from )?'(?<target>[^']+)'`, 'gm');
const DYNAMIC_IMPORT = /\bimport\(\s*'(?<target>[^']+)'/g;

export function importsOf(path: string, code: string): readonly Import[] {
  const found = [...code.matchAll(STATIC_IMPORT), ...code.matchAll(DYNAMIC_IMPORT)];
  return found.map(({ groups }) => {
    const target = groups?.target ?? '';
    return {
      target: target.startsWith('.') ? posix.join(posix.dirname(path), target) : target,
      typeOnly: groups?.type !== undefined,
    };
  });
}
