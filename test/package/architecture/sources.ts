import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The sources as text: there is no compiler API to ask, and formatted imports are regular enough. */

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface SourceFile {
  /** From the root of the project: `src/client/call.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments and templates. */
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
  const code = codeOf(text);
  return { path, text, code, imports: importsOf(path, code) };
}

const COMMENT_OR_TEXT =
  /(?<comment>\/\*[\s\S]*?\*\/|\/\/.*)|(?<template>`(?:[^`\\]|\\[\s\S])*`)|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g;

/** Without what looks like code but is not: comments, and programs in template literals. */
export function codeOf(text: string): string {
  return text.replace(COMMENT_OR_TEXT, (found, comment?: string, template?: string) => {
    if (comment !== undefined) return '';
    return template === undefined ? found : '``';
  });
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
