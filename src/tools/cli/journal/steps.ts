import { styleText } from 'node:util';
import { eventDetails } from '../../../journal/event-details.ts';
import type { Replay, ReplayStep } from '../../../journal/replay.ts';
import { toPrintable } from '../terminal.ts';

/** The steps of a journal for a terminal, one line each, and where the statechart takes another one. */
export function describeSteps({ journal, steps, divergence }: Replay): string {
  const { startedAtMs, before } = journal;
  const events = steps.map(({ recorded }) => nameEvent(recorded.event));
  const eventWidth = events.reduce((width, { length }) => Math.max(width, Math.min(length, LONGEST_EVENT)), 0);
  const numberWidth = String(steps.length).length;
  const lines = steps.map((step) => {
    const { index, recorded } = step;
    const number = String(index + 1).padStart(numberWidth);
    const line = `${number}  ${clock(recorded.afterMs)}  ${nameEvent(recorded.event).padEnd(eventWidth)}  ${toPrintable(recorded.state)}`;
    return step === divergence ? `${styleText('red', line)}\n${explain(step, ' '.repeat(numberWidth))}` : line;
  });
  return [
    `Begins in ${toPrintable(before.state)}, ${new Date(startedAtMs).toISOString()}.`,
    '',
    ...lines,
    '',
    summary(steps.length, divergence),
    '',
  ].join('\n');
}

const LONGEST_EVENT = 64;

function summary(count: number, divergence: ReplayStep | null): string {
  if (divergence === null) return `${count} ${count === 1 ? 'step' : 'steps'}, as the statechart takes them.`;
  return `Step ${divergence.index + 1} of ${count} diverges; the steps after it prove nothing.`;
}

function explain({ recorded, replayed, differences, transitions }: ReplayStep, indent: string): string {
  const sentences = transitions.map(({ description }) => description).join(' ');
  const why = transitions.length === 0 ? 'the event is not handled there' : `${transitions[0]?.source}: ${sentences}`;
  return [
    ...differences.map(
      (key) =>
        `${indent}  ${key}: the journal says ${toPrintable(String(recorded[key]))}, the statechart ${replayed[key]}`,
    ),
    `${indent}  (${why})`,
  ].join('\n');
}

/** An event with what distinguishes it from others of its type. */
function nameEvent(event: { readonly type: string }): string {
  const details = eventDetails(event);
  return toPrintable(details.length === 0 ? event.type : `${event.type} (${details.join(', ')})`);
}

/** The time since the beginning: `+12.345 s`, `+3:02.500`. */
function clock(afterMs: number): string {
  const totalSeconds = Math.round(afterMs) / 1000;
  const minutes = Math.floor(totalSeconds / 60);
  const text =
    minutes === 0 ? `+${totalSeconds.toFixed(3)} s` : `+${minutes}:${(totalSeconds % 60).toFixed(3).padStart(6, '0')}`;
  return text.padStart(11);
}
