// What the parts of the benchmark share: processes, medians, the server, and a line that shows progress.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** Median and range of measured numbers. */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/** @param {number} [port] The port of the chat protocol; any free one without it. */
export async function startServer(port = 0) {
  const server = fork(here('./server.mjs'), [String(port)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { ports } = await new Promise((resolve, reject) => {
    server.once('message', resolve);
    server.once('exit', () => reject(new Error('The server of the benchmark has ended.')));
  });
  return { ports, blast: (message) => server.send(message), close: () => server.kill() };
}

/** Runs one measurement in a process of its own and returns its figures. */
export function measure(server, part, name, protocol, options = {}) {
  const port = String(server?.ports[protocol] ?? 0);
  const child = fork(here('./child.mjs'), [part, name, port, JSON.stringify(options)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let figures;
    child.on('message', (message) => {
      if (message.blast) server.blast(message);
      else figures = message.figures;
    });
    child.once('exit', (code) =>
      figures ? resolve(figures) : reject(new Error(`${part} of ${name} ended with ${code} and without figures.`)),
    );
  });
}

/** Interleaves the cases: every round measures each of them once. Returns the values of each case, figure by figure. */
export async function rounds(count, cases, progress) {
  const values = new Map(cases.map(({ key }) => [key, {}]));
  for (let round = 1; round <= count; round += 1) {
    for (const { key, run } of cases) {
      progress(`round ${round} of ${count}: ${key}`);
      for (const [figure, value] of Object.entries(await run())) {
        const all = values.get(key);
        all[figure] = [...(all[figure] ?? []), value];
      }
    }
  }
  return values;
}

/** One line that is rewritten on a terminal, and printed at most every ten seconds elsewhere. */
export function createProgress(stream = process.stderr) {
  let printedAtMs = 0;
  return (text) => {
    if (stream.isTTY) stream.write(`\r\u001b[K${text}`);
    else if (Date.now() - printedAtMs > 10_000) {
      printedAtMs = Date.now();
      stream.write(`${text}\n`);
    }
  };
}

/** A Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export const number = (value, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** `1.23 (1.10–1.40)`: a median with its range. */
export const withRange = ({ median, min, max }, digits = 2) =>
  `${number(median, digits)} (${number(min, digits)}–${number(max, digits)})`;

/** Each value over the value of the same round in `base`. */
export const ratios = (values, base) => values.map((value, index) => value / base[index]);
