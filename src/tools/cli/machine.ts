import { Command, Option } from 'commander';
import { sessionMachine } from '../../machines/session.ts';
import { writeOutput } from './files.ts';
import { toMermaid } from './machine/diagram.ts';

/** `sessionchart machine`: the statechart, for tools that read it as data. */
export function machineCommand(): Command {
  return new Command('machine')
    .description('Print the config of the statechart, or write it to a file.')
    .argument('[file]', 'where to write it')
    .addOption(
      new Option(
        '--format <format>',
        "JSON that XState's createMachine and Stately load, or a Mermaid diagram of its states",
      )
        .choices(['json', 'mermaid'])
        .default('json'),
    )
    .option('--force', 'replace the file when it exists')
    .action(machine);
}

async function machine(
  file: string | undefined,
  { format, force }: { readonly format: 'json' | 'mermaid'; readonly force?: true },
): Promise<void> {
  const text = format === 'json' ? `${JSON.stringify(sessionMachine.config, null, 2)}\n` : toMermaid(sessionMachine);
  await writeOutput(file, text, { force });
}
