import { createInterface } from 'node:readline';
import { fileRepository } from '../../../src/repository/file.ts';

/*
 * A process that works on a file repository and prints what it does, until it is done or killed:
 * `node file-child.cjs write|store|clear|follow <file> <API key>`.
 */

const [order, path = '', apiKey = ''] = process.argv.slice(2);
const repository = fileRepository(path, { apiKey });
/** So that a kill comes while it is written. */
const LARGE = 1_000_000;
const print = (word: string) => process.stdout.write(`${word}\n`);

const orders = { clear, store, write, follow };
void orders[order as keyof typeof orders]();

async function clear(): Promise<void> {
  await repository.clearCurrentUser();
  print('cleared');
}

/** More than one page of a disk. */
async function store(): Promise<void> {
  const user = { id: 'bob', biography: 'x'.repeat(6_000) };
  await Promise.resolve(repository.setCurrentUser(user)).then(
    () => print('stored'),
    (cause) => print(`failed ${cause.code}`),
  );
}

async function write(): Promise<never> {
  for (let round = 0; ; round += 1) {
    const id = round % 2 === 0 ? 'alice' : 'bob';
    print('writing');
    await repository.setCurrentUser({ id, biography: id.repeat(LARGE) });
    print('written');
  }
}

/** Does what the lines of standard input say, one at a time: `save alice`, `clear`, `read`. */
async function follow(): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const [word, id = ''] = line.split(' ');
    try {
      if (word === 'save') await repository.setCurrentUser({ id, biography: id.repeat(2_000) });
      if (word === 'clear') await repository.clearCurrentUser();
      const user = word === 'read' ? await repository.getCurrentUser(() => print('corrupt')) : null;
      print(word === 'read' ? `read ${user?.id ?? 'no user'}` : 'done');
    } catch (cause) {
      print(`failed ${String(cause)}`);
    }
  }
}
