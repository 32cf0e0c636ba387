import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { sessionMachine } from '../../machines/session.ts';
import { toMermaid } from './machine/diagram.ts';

type Format = 'json' | 'mermaid';

/** `sessionchart machine`: the statechart, for tools that read it as data. */
export function machineCommand(): Command {
  return new Command('machine')
    .description('Print the definition of the statechart, or write it to a file.')
    .argument('[file]', 'where to write it')
    .addOption(
      new Option('--format <format>', 'the whole definition as JSON, or a Mermaid diagram of its states')
        .choices(['json', 'mermaid'] satisfies Format[])
        .default('json'),
    )
    .action(machine);
}

async function machine(file: string | undefined, { format }: { readonly format: Format }): Promise<void> {
  const text =
    format === 'json' ? `${JSON.stringify(sessionMachine.definition, null, 2)}\n` : toMermaid(sessionMachine);
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  await writeFile(file, text);
  process.stdout.write(`Wrote ${file}\n`);
}
