import { fileRepository } from '../../../src/repository/file.ts';

/*
 * A process that works on a file repository and says aloud what it does, until it is done or killed:
 * `node file-child.cjs write|clear <file> <API key>`.
 */

const [order, path = '', apiKey = ''] = process.argv.slice(2);
const repository = fileRepository(path, { apiKey });
/** So that a kill comes while it is written. */
const LARGE = 1_000_000;
const say = (word: string) => process.stdout.write(`${word}\n`);

void (order === 'clear' ? clear() : write());

async function clear(): Promise<void> {
  await repository.clearCurrentUser();
  say('cleared');
}

async function write(): Promise<never> {
  for (let round = 0; ; round += 1) {
    const id = round % 2 === 0 ? 'alice' : 'bob';
    say('writing');
    await repository.setCurrentUser({ id, biography: id.repeat(LARGE) });
    say('written');
  }
}
