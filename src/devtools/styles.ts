import { element } from './dom.ts';

/**
 * Styles the panel, once it is in its document: a constructed sheet belongs to one. It is no inline style, which the policy
 * of a page may forbid.
 */
export function style(root: ShadowRoot): void {
  const Sheet = root.ownerDocument.defaultView?.CSSStyleSheet;
  if (Sheet === undefined || root.adoptedStyleSheets === undefined) {
    root.append(element('style', { textContent: STYLES }));
    return;
  }
  const sheet = new Sheet();
  sheet.replaceSync(STYLES);
  root.adoptedStyleSheets = [sheet];
}

/** Made for a width of 380 px. */
export const STYLES = `
:host { all: initial; color-scheme: light dark; display: block; }
section {
  box-sizing: border-box; width: 100%; min-width: 0; padding: 8px 10px; overflow: hidden; overflow-wrap: anywhere;
  font: 13px/1.45 system-ui, sans-serif; color: light-dark(#1a1d23, #e8eaee); background: light-dark(#fff, #181b21);
}
header { display: flex; gap: 8px; align-items: baseline; }
strong { font-size: 17px; color: light-dark(#1f5fd0, #6ea8ff); }
:host([data-tone=good]) strong { color: light-dark(#19733c, #5ecb87); }
:host([data-tone=busy]) strong { color: light-dark(#a84d08, #f0a04b); }
:host([data-tone=bad]) strong { color: light-dark(#b3261e, #ff8a80); }
p { margin: 2px 0; } .next { font-weight: 600; font-variant-numeric: tabular-nums; }
.actions { display: flex; flex-wrap: wrap; gap: 6px; margin: 8px 0; }
button {
  min-height: 28px; padding: 0 8px; font: inherit; color: inherit; background: light-dark(#f8f9fb, #1f232b);
  border: 1px solid light-dark(#7a8290, #6b7382); border-radius: 6px; cursor: pointer;
}
button:disabled, button[aria-disabled] { color: light-dark(#59606d, #9aa3b2); border-style: dashed; cursor: default; }
button[aria-pressed=true] { background: light-dark(#fdf0e3, #38260f); }
:focus-visible { outline: 2px solid light-dark(#1f5fd0, #6ea8ff); outline-offset: 1px; }
summary { min-height: 24px; cursor: pointer; }
ol { list-style: none; margin: 4px 0; padding: 0; }
.states { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 8px; }
[aria-current] { font-weight: 650; color: light-dark(#1f5fd0, #6ea8ff); }
[aria-current]::after { content: " now"; }
.timeline { max-height: 240px; overflow-y: auto; border-top: 1px solid light-dark(#d9dde4, #2e343f); }
.timeline li { display: flex; gap: 8px; min-height: 24px; align-items: center; }
.timeline span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.timeline span:first-child { flex: none; color: light-dark(#59606d, #9aa3b2); }
.timeline span:last-child { margin-left: auto; color: light-dark(#59606d, #9aa3b2); }
`;
