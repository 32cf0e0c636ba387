#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { packageFile } from '../package-file.ts';
import { demoCommand } from './demo.ts';
import { journalCommand } from './journal.ts';
import { machineCommand } from './machine.ts';
import { serveCommand } from './serve.ts';
import { studioCommand } from './studio.ts';
import { escapeActive, fail } from './terminal.ts';

/*
 * `sessionchart`: one file per subcommand. Each ends when its work is done, and sets `process.exitCode`.
 */

const manifest = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
  readonly version: string;
};

process.stdout.once('error', (error: NodeJS.ErrnoException) => {
  // `sessionchart machine | head`: the reader has read enough.
  if (error.code !== 'EPIPE') fail('The output cannot be written', error);
  // The demo goes on writing: one line about it is enough.
  process.stdout.on('error', () => {});
});

// `sessionchart serve 2>&1 | head`: the warnings have no reader, and the server goes on.
process.stderr.on('error', () => {});

const program = new Command('sessionchart')
  .description('The session lifecycle of a realtime client as one explicit statechart: tools for development.')
  .version(manifest.version)
  .configureOutput({ outputError: (text, write) => write(escapeActive(text)) })
  // Help, too, is written to the end before the process ends, and a full disk behind it is reported.
  .exitOverride()
  .addCommand(serveCommand())
  .addCommand(demoCommand())
  .addCommand(studioCommand())
  .addCommand(journalCommand())
  .addCommand(machineCommand());

// Options of the program are not those of a command that was made elsewhere.
for (const command of program.commands) command.copyInheritedSettings(program);

const args = process.argv.slice(2);
try {
  await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode ||= error.exitCode;
  else fail('sessionchart', error);
}
