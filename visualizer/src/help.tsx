import { useEffect, useRef } from 'react';

const KEYS = [
  ['Space', 'pause, or back to live'],
  ['← →', 'step through what happened; the chart shows the session as it was'],
  ['/', 'search the timeline'],
  ['Esc', 'close what is open'],
  ['?', 'this help'],
] as const;

/** The keys, the colours, and what to try first. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const onKey = ({ key, target }: KeyboardEvent) => {
      const isTyping = target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      if (key === '?' && !isTyping) dialog.current?.showModal();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <footer className="legend">
        <span className="key now-key">now</span> the present state <span className="key taken-key">last</span> the last
        transition <span className="key selected-key">selected</span> what you look at
        <button type="button" onClick={() => dialog.current?.showModal()}>
          Keys and hints ( ? )
        </button>
      </footer>
      <dialog ref={dialog} className="help" aria-labelledby="help-title">
        <h2 id="help-title">Keys and hints</h2>
        <p>Log in, then open “Make it go wrong” and drop the connection: the chart and the timeline follow.</p>
        <dl>
          {KEYS.map(([key, meaning]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        <p>A journal file may be dropped anywhere on the page.</p>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
