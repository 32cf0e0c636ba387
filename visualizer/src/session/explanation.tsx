import { useEffect, useState } from 'react';
import { type ChatClient, explain } from '../../../src/index.ts';
import { Scroll } from '../ui/scroll.tsx';

const TICK_MS = 1_000;

/** Why the session is where it is, on demand; it says in how many seconds, so that it is asked again each second. */
export function Explanation({ client }: { readonly client: ChatClient }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details
      className="explanation"
      open={isOpen}
      onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}
      onKeyDown={({ key }) => key === 'Escape' && setIsOpen(false)}
    >
      <summary>Explain</summary>
      {isOpen && <Told client={client} />}
    </details>
  );
}

function Told({ client }: { readonly client: ChatClient }) {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return <Scroll label="Explanation">{explain(client).text}</Scroll>;
}
