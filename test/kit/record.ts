import { readFile, writeFile } from 'node:fs/promises';

/*
 * `--record` of a long program: what it found goes into docs/proof.md, into the block that has its name.
 */

const PAGE = new URL('../../docs/proof.md', import.meta.url);

export type Print = (line: string) => void;

/**
 * Runs a long program without its `--record`; with it, its last line, or what it returns as `report`, is written down
 * once it has found nothing.
 */
export async function recorded(
  name: string,
  args: readonly string[],
  run: (args: readonly string[], print: Print) => Promise<number>,
  report: () => string | undefined = () => undefined,
): Promise<number> {
  const own = args.filter((argument) => argument !== '--record');
  let last = '';
  const code = await run(own, (line) => {
    last = line;
    process.stdout.write(`${line}\n`);
  });
  if (own.length < args.length && code === 0) await record(name, own, report() ?? last);
  return code;
}

async function record(name: string, args: readonly string[], result: string): Promise<void> {
  const [start, end] = [`<!-- ran: ${name} -->`, `<!-- end: ${name} -->`];
  const page = await readFile(PAGE, 'utf8');
  const [before, rest] = page.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/proof.md has no block for ${name}`);
  const command = ['npm run', name, ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const day = new Date().toISOString().slice(0, 10);
  const text = `${start}\n\`${command}\`, ${day}, Node ${process.versions.node}:\n\n${result}\n${end}`;
  await writeFile(PAGE, `${before}${text}${after}`);
  process.stdout.write('Written to docs/proof.md\n');
}
