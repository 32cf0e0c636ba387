import { Command, Option } from 'commander';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { sessionMachine } from '../../machines/session.ts';
import { writeOutput } from './files.ts';

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

/**
 * A Mermaid `stateDiagram-v2`, small enough to read: arrows between the same two boxes are merged, and those that leave a
 * composite state or enter one are drawn at its border. Guards, actions and targetless branches are left out.
 */
function toMermaid({ root }: AnyStateMachine): string {
  const events = new Map<string, Set<string>>();
  for (const source of descendants(root)) {
    for (const { eventType, target = [] } of [...source.transitions.values()].flat()) {
      for (const node of target) {
        // Lifted to the two boxes that have one parent; a state that only re-enters itself has no arrow.
        const fork = source.path.findIndex((key, depth) => key !== node.path[depth]);
        const [from, to] = [source.path[fork], node.path[fork]];
        if (from === undefined || to === undefined) continue;
        const key = `${source.path.slice(0, fork).join('.')} ${from} --> ${to}`;
        events.set(key, (events.get(key) ?? new Set()).add(eventType));
      }
    }
  }
  return `${['stateDiagram-v2', ...drawRegion(root, events)].join('\n')}\n`;
}

function drawRegion(parent: AnyStateNode, events: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const prefix = `${parent.path.join('.')} `;
  return [
    ...parent.initial.target.map(({ key }) => `[*] --> ${key}`),
    ...Object.values(parent.states)
      .filter((child) => Object.keys(child.states).length > 0)
      .flatMap((child) => [`state ${child.key} {`, ...drawRegion(child, events), '}']),
    ...[...events]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, types]) => `${key.slice(prefix.length)} : ${[...types].join('<br/>')}`),
  ].map((line) => `  ${line}`);
}

function descendants(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...descendants(child)]);
}
