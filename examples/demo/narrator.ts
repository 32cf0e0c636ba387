import { styleText } from 'node:util';
import type { Report, StateReport } from './messages.ts';

/*
 * The look of the demo: at most 80 columns; colour where the terminal has it (`styleText` checks it, and NO_COLOR).
 */

const WIDTH = 80;
const INDENT = 3;
const DETAIL_INDENT = INDENT + 'HH:MM:SS.mmm  '.length;
const STATE_WIDTH = 'disconnecting.forgetting'.length + 2;

export interface Narrator {
  /** Begins a numbered step with a sentence or two about what will happen. */
  step(text: string): void;
  /** Prints what the session's process reports. */
  report(report: Report): void;
  /** Prints what can be seen from outside. */
  note(text: string): void;
  /** Prints something verbatim, on a line of its own. */
  quote(text: string): void;
  /** Prints text without indent. */
  print(text: string): void;
}

export function createNarrator(write: (text: string) => void): Narrator {
  let steps = 0;
  let lastFailure = '';
  const detail = (text: string) => write(`${wrap(text, DETAIL_INDENT)}\n`);

  function printState({ atMs, state, event, failure, nextAttemptAtMs }: StateReport): void {
    const by = event === '' ? 'the start' : event;
    const time = `${' '.repeat(INDENT)}${styleText('dim', clockTime(atMs))}  `;
    write(`${time}${styleText(colourOf(state), state.padEnd(STATE_WIDTH))}by ${by}\n`);
    const why = failure === null ? '' : `${failure.code}: ${failure.message}`;
    if (why !== '' && why !== lastFailure) detail(why);
    lastFailure = why;
    if (nextAttemptAtMs !== null) detail(`The next attempt is due in ${seconds(nextAttemptAtMs - atMs)} s.`);
  }

  return {
    step(text) {
      steps += 1;
      write(`\n${styleText('bold', `${steps}. ${wrap(text, INDENT).trimStart()}`)}\n`);
    },
    report(report) {
      if (report.type === 'state') printState(report);
      else if (report.type === 'chat') detail(`Received message.new: "${report.text}"`);
      else if (report.type === 'diagnostic') detail(`Reported (${report.source}): ${report.message}`);
    },
    note: detail,
    quote: (text) => write(`${' '.repeat(INDENT)}${text}\n`),
    print: (text) => write(`${wrap(text, 0)}\n`),
  };
}

type Colour = 'green' | 'yellow' | 'cyan' | 'magenta' | 'blue';

function colourOf(state: string): Colour {
  if (state.startsWith('connected')) return 'green';
  if (state.startsWith('disconnecting')) return 'magenta';
  if (state === 'loggedOut') return 'blue';
  return state === 'connecting.opening' || state === 'loadingToken' ? 'cyan' : 'yellow';
}

function clockTime(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const milliseconds = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${milliseconds}`;
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

/** Breaks `text` into lines of at most {@link WIDTH} columns, each indented. A longer word stands alone. */
function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    lines.push(line);
  }
  return lines.map((line) => `${' '.repeat(indent)}${line}`.trimEnd()).join('\n');
}
