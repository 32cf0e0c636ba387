import { useEffect, useState } from 'react';
import { replayJournal } from '../../../src/index.ts';
import { withoutPersonalData } from '../../../src/journal/journal.ts';
import { writeTest } from '../../../src/tools/cli/journal/test-file.ts';
import type { ChartDefinition } from '../chart/definition.ts';
import { Panel } from '../ui/panel.tsx';
import { differences } from './diff.ts';
import { type Entry, LANE_NAMES } from './entry.ts';
import { clockTime } from './format.ts';
import { journalOf } from './journal-of.ts';

interface Props {
  readonly entries: readonly Entry[];
  readonly id: number;
  readonly chart: ChartDefinition;
  readonly onClose: () => void;
}

/** All that is known of one entry: the event, the transition with its reason, and what it changed. */
export function EntryDetails({ entries, id, chart, onClose }: Props) {
  const [note, setNote] = useState('');
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was copied was another entry
  useEffect(() => setNote(''), [id]);
  const entry = entries.find((each) => each.id === id);
  if (entry === undefined) return null;
  const { name, atMs, from, to, detail, payload, step, kind } = entry;
  const branches = (step?.branches ?? []).flatMap((branch) => chart.branch(branch) ?? []);
  const changed = step === null ? [] : differences(step.before, step.after).slice(0, MOST_CHANGES);

  async function copy(what: string, text: string | null): Promise<void> {
    if (text === null) return setNote('Nothing has been recorded that a test could replay.');
    try {
      await navigator.clipboard.writeText(text);
      setNote(`${what} copied.`);
    } catch {
      setNote('This browser does not allow copying here.');
    }
  }

  return (
    <Panel title="Details" name="details-panel">
      <div className="command-row">
        <b className="details-name">{name}</b>
        <button type="button" onClick={onClose} title="Escape">
          Close
        </button>
      </div>
      <div className="command-row">
        <button
          type="button"
          onClick={() => void copy('JSON', JSON.stringify(withoutPersonalData({ ...entry, step }), null, 2))}
        >
          Copy JSON
        </button>
        <button type="button" onClick={() => void copy('Markdown', markdownOf(entries, entry))}>
          Copy for an issue
        </button>
        <button type="button" onClick={() => void copy('Test', testOf(entries, id))}>
          Copy as test
        </button>
      </div>
      <p className="details-note" role="status">
        {note}
      </p>
      <p className="details-line">
        {clockTime(atMs)} · {kind === 'state' ? 'state entered' : `${LANE_NAMES[from]} → ${LANE_NAMES[to]}`}
        {detail === '' ? '' : ` · ${detail}`}
      </p>
      {step !== null && branches.length === 0 && <p>Ignored in {step.to}: no transition handles it there.</p>}
      {branches.map(({ id: branch, source, event, guard, isOtherwise, target, description }) => (
        <p key={branch} className="details-branch">
          {source === '' ? 'any state' : source} · <b>{event === '' ? 'choice' : event}</b>
          {guard !== null && ` [${guard}]`}
          {isOtherwise && ' [else]'} → {target ?? 'stays'}
          <br />
          <span>{description}</span>
        </p>
      ))}
      {changed.length > 0 && (
        <table className="details-changes">
          <caption>Changed in the context</caption>
          <tbody>
            {changed.map(({ path, before, after }) => (
              <tr key={path}>
                <th scope="row">{path}</th>
                <td>
                  <del>{short(before)}</del> <ins>{short(after)}</ins>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {payload !== null && <pre className="details-payload">{JSON.stringify(payload, null, 2)}</pre>}
    </Panel>
  );
}

const MOST_CHANGES = 30;
const MOST_LINES = 40;

const short = (value: unknown): string => (value === undefined ? 'unset' : JSON.stringify(value));

/** The events up to this one as a table, for the text of an issue. */
function markdownOf(entries: readonly Entry[], { id, name }: Entry): string {
  const lines = entries.filter((entry) => entry.id <= id && entry.kind !== 'wire').slice(-MOST_LINES);
  return [
    `What led to \`${name}\`:`,
    '',
    '| time | what | detail |',
    '|---|---|---|',
    ...lines.map((entry) => `| ${clockTime(entry.atMs)} | ${entry.kind} \`${entry.name}\` | ${entry.detail} |`),
    '',
  ].join('\n');
}

/** A test of all that happened up to this entry. */
function testOf(entries: readonly Entry[], id: number): string | null {
  const journal = journalOf(entries, id);
  return journal === null ? null : writeTest(replayJournal(journal));
}
