import type { ReactNode, Ref } from 'react';

interface Props {
  readonly label: string;
  readonly className?: string;
  readonly place?: Ref<HTMLElement>;
  readonly children: ReactNode;
}

/** An area that scrolls by itself, also for those who have no mouse. */
export function Scroll({ label, className = '', place, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={`scroll ${className}`} ref={place} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
