export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  children: readonly Node[] = [],
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export const button = (label: string, onClick: () => void): HTMLButtonElement =>
  element('button', {
    type: 'button',
    textContent: label,
    onclick: ({ currentTarget }) => {
      if ((currentTarget as HTMLButtonElement).ariaDisabled === null) onClick();
    },
  });

/** A button that is `disabled` loses the focus, also when it was just pressed. */
export function offer(made: HTMLButtonElement, isPossible: boolean): void {
  made.ariaDisabled = isPossible ? null : 'true';
}

/** Writes only what changed: a selection stays, and screen readers announce nothing twice. */
export function setText(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}
