import { type ReactNode, useId } from 'react';

interface Props {
  readonly title: string;
  readonly name: string;
  readonly children: ReactNode;
  /** The title is only for those who listen: what is in the panel speaks for itself. */
  readonly quiet?: boolean;
}

/** A landmark of the page with a heading. */
export function Panel({ title, name, children, quiet = false }: Props) {
  const id = useId();
  return (
    <section className={`panel ${name}`} aria-labelledby={id}>
      <h2 id={id} className={quiet ? 'unseen' : undefined}>
        {title}
      </h2>
      {children}
    </section>
  );
}
