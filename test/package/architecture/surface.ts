import { posix } from 'node:path';
import { readSource } from './sources.ts';

/** What a module exports, as its text says: types are gone at run time. Sorted. */
export interface Surface {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

export function surfaceOf(path: string): Surface {
  const found = exportsOf(path);
  const pick = (isType: boolean) => [
    ...new Set(found.filter((name) => name.isType === isType).map(({ name }) => name)),
  ];
  return { values: pick(false).sort(), types: pick(true).sort() };
}

interface ExportedName {
  readonly name: string;
  readonly isType: boolean;
}

const LIST = /^export(?<type> type)? \{(?<names>[^}]*)\}/gm;
const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?<kind>const|let|function\*?|class|enum|interface|type) (?<name>\w+)/gm;
const EVERYTHING = /^export(?<type> type)? \* from '(?<target>[^']+)'/gm;

function exportsOf(path: string): readonly ExportedName[] {
  const { code } = readSource(path);
  const listed = [...code.matchAll(LIST)].flatMap(({ groups }) =>
    (groups?.names ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map((item) => ({
        name: item.replace(/^type /, '').replace(/^.* as /, ''),
        isType: groups?.type !== undefined || item.startsWith('type '),
      })),
  );
  const declared = [...code.matchAll(DECLARATION)].map(({ groups }) => ({
    name: groups?.name ?? '',
    isType: groups?.kind === 'interface' || groups?.kind === 'type',
  }));
  const passedOn = [...code.matchAll(EVERYTHING)].flatMap(({ groups }) =>
    exportsOf(posix.join(posix.dirname(path), groups?.target ?? '')).map(({ name, isType }) => ({
      name,
      isType: isType || groups?.type !== undefined,
    })),
  );
  return [...listed, ...declared, ...passedOn];
}
