import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** A call of `node:fs/promises`, or of a file handle that it returned, about a path below the folder. */
export interface FileCall {
  /** `open`, `rename`, …; of a handle `handle.write`, `handle.sync`, `handle.close`, … */
  readonly name: string;
  readonly path: string;
  /** Makes the call. */
  readonly proceed: () => Promise<unknown>;
  /** Of `handle.write`: writes the first half only, and reports that as a short write does. */
  readonly proceedHalf: (() => Promise<unknown>) | null;
}

const FUNCTIONS = [
  'mkdir',
  'open',
  'readdir',
  'realpath',
  'readlink',
  'rename',
  'stat',
  'unlink',
  'writeFile',
] as const;
const METHODS = ['chown', 'write', 'sync', 'stat', 'readFile', 'close'] as const;

type Callable = (...values: unknown[]) => Promise<unknown>;

/** Hands every file call below `folder` to `intercept`, whose result the caller gets. Returns what ends that. */
export function interceptFileCalls(folder: string, intercept: (call: FileCall) => Promise<unknown>): () => void {
  const module = promises as unknown as Record<string, Callable>;
  const originals = FUNCTIONS.map((name) => [name, module[name] as Callable] as const);
  for (const [name, original] of originals) {
    module[name] = (...values) => {
      const path = String(values[0]);
      if (!path.startsWith(folder)) return original(...values);
      const result = intercept({ name, path, proceed: () => original(...values), proceedHalf: null });
      return name === 'open' ? result.then((handle) => wrap(handle as FileHandle, path, intercept)) : result;
    };
  }
  syncBuiltinESMExports();
  return () => {
    for (const [name, original] of originals) module[name] = original;
    syncBuiltinESMExports();
  };
}

function wrap(handle: FileHandle, path: string, intercept: (call: FileCall) => Promise<unknown>): FileHandle {
  for (const name of METHODS) {
    const original = (handle[name] as unknown as Callable).bind(handle);
    const own: Callable = (...values) => {
      const [bytes, offset, length, position] = values;
      const half = () => original(bytes, offset, Math.ceil(Number(length) / 2), position);
      return intercept({
        name: `handle.${name}`,
        path,
        proceed: () => original(...values),
        proceedHalf: name === 'write' ? half : null,
      });
    };
    Object.defineProperty(handle, name, { value: own });
  }
  return handle;
}
