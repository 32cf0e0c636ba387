import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';

/** What became of the package that is built for tests, in a file of its folder. */
export interface PackageOutcome {
  /** How large the package is that npm downloads. */
  readonly packedBytes?: number;
  readonly error?: string;
}

const fileOf = (folder: string) => `${folder}/package-outcome.json`;

/** `null` while the package is being built. */
export function readOutcome(folder: string): PackageOutcome | null {
  const file = fileOf(folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PackageOutcome) : null;
}

/** A file that is found is complete. */
export async function writeOutcome(folder: string, outcome: PackageOutcome): Promise<void> {
  const file = fileOf(folder);
  await writeFile(`${file}.part`, JSON.stringify(outcome));
  await rename(`${file}.part`, file);
}
