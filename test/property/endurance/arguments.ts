import { parseArgs } from 'node:util';

/** Thrown for arguments that can't be used; its message says which, and what is expected. */
export class UsageError extends Error {}

/**
 * Reads `--name N` arguments, each a whole number above 0.
 *
 * @param defaults The names, with the value of each that is not given.
 * @throws UsageError that names the argument.
 */
export function numbersOf<Name extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const usage = [...names.map((name) => `[--${name} N]`), '[--record]'].join(' ');
  try {
    const { values } = parseArgs({ args: [...args], options });
    const pairs = names.map((name) => [name, toNumber(name, values[name], defaults[name])] as const);
    return Object.fromEntries(pairs) as Record<Name, number>;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`);
  }
}

function toNumber(name: string, text: unknown, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${name} must be a whole number above 0, not ${String(text)}.`);
}

/** Runs a program's body; bad arguments give their message and exit code 1. */
export async function withUsage(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
