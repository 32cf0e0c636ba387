import { type ReactNode, useState } from 'react';

interface Props {
  readonly title: string;
  readonly name: string;
  readonly children: ReactNode;
}

/** A panel that folds away, and stays as it was left. */
export function Fold({ title, name, children }: Props) {
  const key = `sessionchart:studio:open:${name}`;
  const [isOpen, setIsOpen] = useState(() => remembered(key) === 'yes');
  return (
    <section className={`panel ${name}`} aria-label={title}>
      <details
        open={isOpen}
        onToggle={({ currentTarget }) => {
          setIsOpen(currentTarget.open);
          remember(key, currentTarget.open ? 'yes' : 'no');
        }}
      >
        <summary>
          <h2>{title}</h2>
        </summary>
        {isOpen && children}
      </details>
    </section>
  );
}

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
