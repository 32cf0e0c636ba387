import { fork } from 'node:child_process';
import { packageFile } from '../../src/tools/package-file.ts';
import type { Order, Report, Setup, StateReport } from './messages.ts';

/** A session in a process of its own, as the demo drives it. Every wait ends with the process, or with the demo. */
export interface SessionProcess {
  /** Calls a method of the client. Resolves with the id of its user; rejects with the call's failure. */
  call(order: Exclude<Order, { call: 'leave' }>): Promise<string | null>;
  /** Resolves once these states were entered one after the other, others between them allowed, since the last such wait. */
  entered(...states: readonly string[]): Promise<void>;
  received(text: string): Promise<void>;
  /** Resolves once the repository holds this user. */
  stored(userId: string): Promise<void>;
  /** Lets the process end. Resolves with the milliseconds that it took; rejects when it ends in any other way. */
  leave(): Promise<number>;
  /** Ends the process as a crash of the machine would. */
  kill(): Promise<void>;
}

export interface SessionProcessOptions {
  readonly setup: Setup;
  readonly onReport: (report: Report) => void;
  /** Aborted when the demo ends: waits reject with its reason, and the process is killed. */
  readonly signal: AbortSignal;
}

/** It is always run from the build: Node runs no sources. */
const program = packageFile('dist/demo-session.js');

export function startSessionProcess({ setup, onReport, signal }: SessionProcessOptions): SessionProcess {
  const child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  const reports: Report[] = [];
  const waits = new Set<() => void>();
  const checkWaits = () => {
    for (const wait of [...waits]) wait();
  };
  let errors = '';
  let end: string | null = null;
  const exit = new Promise<string>((resolve) => {
    child.once('exit', (code, killedBy) => {
      end = killedBy ?? String(code);
      resolve(end);
      checkWaits();
    });
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  // An order came too late for a process that was killed; what waits for its result fails by the end of the process.
  child.on('error', (error) => {
    errors += error.message;
  });
  child.on('message', (report: Report) => {
    reports.push(report);
    onReport(report);
    checkWaits();
  });
  const stop = () => child.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  exit.then(() => signal.removeEventListener('abort', stop));
  child.send(setup);

  /** Resolves with what `find` finds, now or after a later report. */
  function until<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        waits.delete(wait);
        signal.removeEventListener('abort', abort);
      };
      const abort = () => {
        finish();
        reject(new Error(`${(signal.reason as Error).message} while waiting for ${what}.`));
      };
      const wait = () => {
        const found = find();
        if (found !== undefined) {
          finish();
          resolve(found);
        } else if (end !== null) {
          finish();
          reject(new Error(`The session's process ended (${end}) before ${what}.\n${errors}`.trim()));
        }
      };
      signal.addEventListener('abort', abort);
      waits.add(wait);
      if (signal.aborted) abort();
      else wait();
    });
  }

  let seen = 0;
  return {
    async call(order) {
      const from = reports.length;
      child.send(order);
      const result = await until(`the result of ${order.call}()`, () =>
        reports.slice(from).find((report) => isResult(report) && report.call === order.call),
      );
      if (result.type === 'failed') {
        throw new Error(`${result.call}() failed: ${result.code}. ${result.message} ${result.remedy}`.trim());
      }
      return result.type === 'succeeded' ? result.userId : null;
    },
    async entered(...states) {
      for (const state of states) {
        await until(`the state ${state}`, () => {
          const at = reports.findIndex((report, index) => index >= seen && isState(report) && report.state === state);
          if (at >= 0) seen = at + 1;
          return at >= 0 ? true : undefined;
        });
      }
    },
    async received(text) {
      await until(`the message "${text}"`, () =>
        reports.find((report) => report.type === 'chat' && report.text === text),
      );
    },
    async stored(userId) {
      await until(`the record of ${userId}`, () =>
        reports.find((report) => report.type === 'stored' && report.userId === userId),
      );
    },
    async leave() {
      const askedAtMs = performance.now();
      child.send({ call: 'leave' } satisfies Order);
      const how = await until('the end of the process', () => end ?? undefined);
      if (how !== '0') throw new Error(`The session's process ended with ${how}.\n${errors}`.trim());
      return performance.now() - askedAtMs;
    },
    async kill() {
      child.kill('SIGKILL');
      const how = await exit;
      if (how !== 'SIGKILL') throw new Error(`The session's process ended with ${how}, not by SIGKILL.`);
    },
  };
}

const isState = (report: Report): report is StateReport => report.type === 'state';

const isResult = (report: Report): report is Extract<Report, { call: string }> => 'call' in report;
