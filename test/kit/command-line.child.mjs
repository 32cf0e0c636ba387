// node command-line.child.mjs BIN: runs the command line for each list of arguments that it is sent, and ends by itself.
import { pathToFileURL } from 'node:url';

const [node, , bin = ''] = process.argv;
const exit = process.exit;
let runs = 0;
/** Where the output of the present run goes. */
let written = { stdout: '', stderr: '' };

for (const name of ['stdout', 'stderr']) {
  const stream = process[name];
  // Each run of the command line adds one that stays.
  stream.setMaxListeners(0);
  stream.write = (chunk, ...rest) => {
    written[name] += chunk;
    rest.at(-1)?.();
    return true;
  };
}

async function run(args) {
  const output = { stdout: '', stderr: '' };
  written = output;
  process.argv = [node, bin, ...args];
  process.exitCode = undefined;
  let code;
  process.exit = (ownCode) => {
    code ??= ownCode ?? process.exitCode ?? 0;
    // What is written from here on would not have been.
    written = { stdout: '', stderr: '' };
    throw new Error('The process has ended.');
  };
  try {
    runs += 1;
    await import(`${pathToFileURL(bin)}?run=${runs}`);
  } catch (error) {
    if (code === undefined) throw error;
  } finally {
    process.exit = exit;
  }
  return { code: code ?? process.exitCode ?? 0, ...output };
}

process.on('message', async (args) => {
  const end = await run(args);
  process.exitCode = 0;
  process.send(end);
});
