import { execSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };

/*
 * The programs that run for minutes, each on a terminal of its own (`script` of util-linux makes one): something comes at
 * least each second, and Ctrl+C ends them like any other command.
 */

const PROGRAMS = [
  'walk',
  'mutants',
  'model',
  'faults',
  'soak',
  'cycles',
  'fuzz',
  'crashes',
  'bench',
  'platforms',
  'pictures',
  'benchmark:page',
] as const;

/** The shortest of them, which takes the pictures, ends after 5 s. */
const WATCHED_MS = 3_000;
/** One second, and what a busy machine adds. */
const LONGEST_SILENCE_MS = 2_000;
const CTRL_C = '\u0003';
const INTERRUPTED = 130;

interface Watched {
  readonly output: string;
  readonly code: number | null;
  readonly longestSilenceMs: number;
}

/** Runs a script of package.json without npm, whose own lines would be in between, and presses Ctrl+C. */
function watch(name: (typeof PROGRAMS)[number]): Promise<Watched> {
  const steps = manifest.scripts[name].split('&&');
  const command = steps.pop() ?? '';
  // What it needs to be built, in a tree that has nothing built.
  for (const step of steps) execSync(step);
  const child = spawn('script', ['-qefc', `exec ${command.trim()}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let longestSilenceMs = 0;
  let lastAtMs: number | null = null;
  let isInterrupted = false;
  child.stdout.on('data', (chunk) => {
    output += chunk.toString();
    const nowMs = performance.now();
    if (lastAtMs === null) {
      setTimeout(() => {
        isInterrupted = true;
        child.stdin.write(CTRL_C);
      }, WATCHED_MS);
    } else if (!isInterrupted) longestSilenceMs = Math.max(longestSilenceMs, nowMs - lastAtMs);
    lastAtMs = nowMs;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ output, code, longestSilenceMs }));
  });
}

/** What is in the tree and made by one of the programs. */
const made = () =>
  ['docs/images/studio-light.png', 'docs/images/studio-dark.png', 'docs/proof.md', 'bench/RESULTS.md'].map((path) =>
    createHash('sha256').update(readFileSync(path)).digest('hex'),
  );

describe('a program that runs long', () => {
  it.each(PROGRAMS)(
    '%s shows progress each second, and Ctrl+C ends it with 130, no word of a failure and nothing half made',
    async (name) => {
      const before = made();
      const { output, code, longestSilenceMs } = await watch(name);
      expect(output).not.toMatch(/fail|error|\bat .*:\d+:\d+/i);
      expect(code, output).toBe(INTERRUPTED);
      expect(longestSilenceMs).toBeLessThan(LONGEST_SILENCE_MS);
      expect(made()).toEqual(before);
    },
  );
});
