import { type ParseArgsConfig, parseArgs } from 'node:util';

/* What the programs of this folder share: arguments that say what is wrong with them, and a line that shows progress. */

/** Thrown for arguments that cannot be used. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O; args: string[] }>>['values'];

/**
 * Reads `args` and runs the program with them. `--help` prints `usage` and returns 0; arguments that cannot be used
 * print what is wrong and `usage`, and return 2.
 */
export async function runProgram<O extends Options>(
  { args, usage, options }: { readonly args: readonly string[]; readonly usage: string; readonly options: O },
  run: (values: Values<O>) => Promise<number> | number,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  try {
    let values: Values<O>;
    try {
      values = parseArgs({ args: [...args], options }).values;
    } catch (cause) {
      throw new UsageError(cause instanceof Error ? cause.message : String(cause));
    }
    return await run(values);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    process.stderr.write(`${cause.message}\n\n${usage}\n`);
    return 2;
  }
}

/** The whole number that an argument stands for. */
export function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (text?.trim() === '' || !Number.isSafeInteger(number) || number < 0) {
    throw new UsageError(`--${name} must be a whole number, not ${text}.`);
  }
  return number;
}

const PROGRESS_MS = 500;

/** Writes a line each half second, over the one before on a terminal. Returns what ends that. */
export function showProgress(line: () => string): () => void {
  const { isTTY } = process.stderr;
  const write = () => process.stderr.write(isTTY ? `\r\u001b[2K${line().slice(0, 79)}` : `${line()}\n`);
  const timer = setInterval(write, isTTY ? PROGRESS_MS : 20 * PROGRESS_MS);
  return () => {
    clearInterval(timer);
    if (isTTY) process.stderr.write('\r\u001b[2K');
  };
}
