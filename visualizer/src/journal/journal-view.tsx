import { type KeyboardEvent, useEffect, useMemo, useState } from 'react';
import { type Replay, replayJournal } from '../../../src/index.ts';
import { ownChart } from '../chart/own-chart.ts';
import { useTitle } from '../session/announcer.tsx';
import { Fact } from '../session/session-panel.tsx';
import { SessionDetails } from '../studio/session-details.tsx';
import { SessionView } from '../studio/session-view.tsx';
import { EMPTY_LOG, NOWHERE } from '../trace/entry.ts';
import { clockTime } from '../trace/format.ts';
import { readAddress, writeAddress } from '../ui/address.ts';
import { useKeptFocus } from '../ui/kept-focus.ts';
import { Panel } from '../ui/panel.tsx';
import { constant } from '../ui/store.ts';
import { usable } from '../ui/usable.ts';
import { type JournalFile, keepOpened, readOpened } from './opened.ts';
import { saveJournal } from './save.ts';
import { StepList } from './step-list.tsx';
import { momentsOf } from './steps.ts';
import './journal.css';

/** A client of this page whose journal is kept. */
export interface JournalSource {
  readonly name: string;
  /** The journal so far, as JSON. */
  readonly read: () => string;
}

interface JournalProps {
  readonly sources: readonly JournalSource[];
  /** The file that was dropped on the page last. */
  readonly dropped: JournalFile | null;
}

/** Opens a journal, and steps through it forwards and back. */
export function JournalView({ sources, dropped }: JournalProps) {
  const [replay, setReplay] = useState<Replay | null>(null);
  const [name, setName] = useState('');
  const [problem, setProblem] = useState('');
  const [at, setStep] = useState(0);
  const momentAfter = useMemo(() => (replay === null ? null : momentsOf(replay)), [replay]);
  const moment = useMemo(() => momentAfter?.(at) ?? null, [momentAfter, at]);

  function setAt(step: number) {
    setStep(step);
    writeAddress('step', String(step));
  }

  function open({ name: title, text }: JournalFile, step: number | null = null) {
    try {
      const opened = replayJournal(text);
      setReplay(opened);
      setName(title);
      setProblem('');
      const last = opened.steps.length;
      setAt(step === null ? (opened.divergence?.index ?? last - 1) + 1 : Math.min(step, last));
      writeAddress('recording', title);
      keepOpened({ name: title, text });
    } catch (error) {
      setProblem(`${title}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: each file is opened once
  useEffect(() => {
    if (dropped !== null) return open(dropped);
    const wanted = readAddress('recording');
    const file = readOpened(wanted) ?? sources.find((source) => source.name === wanted);
    if (file !== undefined) open({ name: file.name, text: 'read' in file ? file.read() : file.text }, stepInAddress());
  }, [dropped]);
  const buttonFor = useKeptFocus(name);
  useTitle(moment === null ? 'recordings' : `${moment.recorded.state}, recorded`);
  const sourcesOf = useMemo(
    () => ({ position: constant(moment?.position ?? NOWHERE), log: constant(moment?.log ?? EMPTY_LOG) }),
    [moment],
  );

  const opening = (
    <Panel title="Journal" name="journal-panel">
      <div className="command-row">
        <label className="file-choice">
          Open a file…
          <input
            type="file"
            className="unseen"
            accept=".json,application/json"
            onChange={async ({ target }) => {
              const [file] = target.files ?? [];
              if (file !== undefined) open({ name: file.name, text: await file.text() });
              target.value = '';
            }}
          />
        </label>
        {sources.map((source) => (
          <button
            key={source.name}
            type="button"
            {...buttonFor(source.name, () => open({ name: source.name, text: source.read() }))}
          >
            {source.name}
          </button>
        ))}
        <button type="button" disabled={replay === null} onClick={() => replay && saveJournal(replay.journal)}>
          Save
        </button>
      </div>
      <p className={problem === '' ? 'journal-name' : 'journal-name tone bad'} role="status">
        {problem || name || 'Open or drop a journal, or choose a client.'}
      </p>
    </Panel>
  );

  if (replay === null || moment === null) {
    return <SessionView id="" chart={ownChart} {...sourcesOf} side={opening} />;
  }
  return (
    <SessionView
      id={name}
      chart={ownChart}
      {...sourcesOf}
      isOver
      side={
        <>
          {opening}
          <Panel title="Steps" name="steps-panel">
            <Stepper replay={replay} at={at} onStep={setAt} />
            <StepList replay={replay} at={at} onStep={setAt} />
          </Panel>
          <Panel title="Session then" name="session-panel">
            <SessionDetails recorded={moment.recorded} nowMs={moment.recorded.sinceMs} isLive={false}>
              <Fact name="Attempt">{attemptOf(moment.recorded.context)}</Fact>
            </SessionDetails>
          </Panel>
        </>
      }
    />
  );
}

function stepInAddress(): number | null {
  const step = readAddress('step');
  return step !== null && /^\d{1,6}$/.test(step) ? Number(step) : null;
}

const attemptOf = (context: unknown): string => `#${(context as { readonly attempt?: number }).attempt ?? 0}`;

interface StepperProps {
  readonly replay: Replay;
  /** After how many steps. */
  readonly at: number;
  readonly onStep: (at: number) => void;
}

/** To the beginning, back, forward, to the end: by buttons and by the arrow keys on the slider. */
function Stepper({ replay: { journal, steps, divergence }, at, onStep }: StepperProps) {
  const last = steps.length;
  const step = steps[at - 1];
  const time = clockTime(journal.startedAtMs + (step?.recorded.afterMs ?? 0));
  const onKeyDown = ({ key }: KeyboardEvent) => {
    if (key === 'Home') onStep(0);
    if (key === 'End') onStep(last);
  };
  return (
    <div className="stepper">
      <div className="command-row">
        <button type="button" {...usable(at > 0, () => onStep(0))}>
          First
        </button>
        <button type="button" {...usable(at > 0, () => onStep(at - 1))}>
          Back
        </button>
        <button type="button" {...usable(at < last, () => onStep(at + 1))}>
          Forward
        </button>
        <button type="button" {...usable(at < last, () => onStep(last))}>
          Last
        </button>
      </div>
      <input
        type="range"
        aria-label="Step"
        aria-valuetext={step === undefined ? 'before the first step' : `${at}: ${step.recorded.event.type}`}
        min={0}
        max={last}
        value={at}
        onChange={({ target }) => onStep(Number(target.value))}
        onKeyDown={onKeyDown}
      />
      <p className="step-line">
        <b>{at === 0 ? 'Before the first step' : `Step ${at} of ${last}`}</b> {time}
      </p>
      <p className={divergence === null ? 'verdict tone good' : 'verdict tone bad'}>
        {divergence === null ? (
          'The statechart takes every step as recorded.'
        ) : (
          <>
            Step {divergence.index + 1} diverges: the journal has{' '}
            {divergence.differences.map((key) => `${key} ${divergence.recorded[key]}`).join(', ')}; the statechart{' '}
            {divergence.differences.map((key) => divergence.replayed[key]).join(', ')}.
          </>
        )}
      </p>
    </div>
  );
}
