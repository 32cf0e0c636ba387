#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { demoCommand } from './demo.ts';
import { journalCommand } from './journal.ts';
import { machineCommand } from './machine.ts';
import { serveCommand } from './serve.ts';
import { studioCommand } from './studio.ts';

/*
 * `sessionchart`: one file per subcommand. Each ends by itself when its work is done and sets `process.exitCode`.
 */

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

// `sessionchart machine | head`: whoever read has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

await new Command('sessionchart')
  .description('The session lifecycle of a realtime client as one explicit statechart: tools for development.')
  .version(manifest.version)
  .addCommand(serveCommand())
  .addCommand(demoCommand())
  .addCommand(studioCommand())
  .addCommand(journalCommand())
  .addCommand(machineCommand())
  .parseAsync();
