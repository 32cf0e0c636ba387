import type { AnyStateNode } from 'xstate';
import { sessionMachine } from '../src/machines/session.ts';

/*
 * docs/states.svg: the six states and the seven ways between them that a newcomer needs. It is drawn at the width that a
 * README has on GitHub, so its letters keep their size. A test holds every arrow to the statechart.
 */

/** The width of a README's text on GitHub, in CSS pixels. */
export const WIDTH = 806;
const HEIGHT = 284;
const BOX = { width: 176, height: 74 };

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly words: string;
  /** Of the way back along the same line. */
  readonly back?: string;
}

const PLACES: Readonly<Record<string, { readonly x: number; readonly y: number }>> = {
  restoring: { x: 4, y: 28 },
  loggedOut: { x: 315, y: 28 },
  disconnecting: { x: 626, y: 28 },
  loadingToken: { x: 4, y: 200 },
  connecting: { x: 315, y: 200 },
  connected: { x: 626, y: 200 },
};

/** What stands above a box: the ways in that begin in no other box, or in all of them. */
const REMARKS: Readonly<Record<string, string>> = {
  restoring: 'the app starts',
  disconnecting: 'logout, from every state',
};

export const ARROWS: readonly Arrow[] = [
  { from: 'restoring', to: 'loggedOut', words: 'no user stored' },
  { from: 'restoring', to: 'loadingToken', words: 'user stored' },
  { from: 'loggedOut', to: 'loadingToken', words: 'login' },
  { from: 'loadingToken', to: 'connecting', words: 'token loaded' },
  { from: 'connecting', to: 'loadingToken', words: 'token refused' },
  { from: 'connecting', to: 'connected', words: 'hello received →', back: '← connection lost' },
  { from: 'disconnecting', to: 'loggedOut', words: 'closed' },
];

/** The six states in an SVG that follows the reader's light or dark theme. */
export function stateSvg(): string {
  const boxes = Object.values(sessionMachine.root.states).map(drawBox);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${describePicture()}">`,
    STYLE,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
    ...ARROWS.map(drawArrow),
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}

/** The picture in words, for those who do not see it. */
export function describePicture(): string {
  const ways = ARROWS.flatMap(({ from, to, words, back }) => [
    `${from} to ${to}: ${words}`,
    ...(back === undefined ? [] : [`${to} to ${from}: ${back}`]),
  ]);
  return `Six states. ${ways.join('; ')}; every state to disconnecting: logout.`;
}

const STYLE = `<style>
text { font: 15px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; text-anchor: middle }
.name { font-weight: 600 }
.inner { font-size: 13px; fill: #59636e }
.box { fill: #ddf4ff; stroke: #0969da; stroke-width: 1.5 }
.way { fill: none; stroke: #59636e; stroke-width: 1.5; marker-end: url(#head) }
.both { marker-start: url(#head) }
.head { fill: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .inner { fill: #9198a1 }
  .box { fill: #121d2f; stroke: #4493f8 }
  .way { stroke: #9198a1 }
  .head { fill: #9198a1 }
}
</style>`;

function drawBox(node: AnyStateNode): string {
  const { x, y } = placeOf(node.key);
  const center = x + BOX.width / 2;
  const inner = innerNames(node);
  const remark = REMARKS[node.key];
  const lines = inner.length > 2 ? [inner.slice(0, 2).join(', '), inner.slice(2).join(', ')] : [inner.join(', ')];
  const nameY = y + (inner.length === 0 ? 43 : inner.length > 2 ? 27 : 34);
  return [
    `<rect class="box" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="8"/>`,
    text('name', center, nameY, node.key),
    ...(inner.length === 0 ? [] : lines.map((line, index) => text('inner', center, nameY + 20 + index * 18, line))),
    ...(remark === undefined ? [] : [text('', center, y - 12, remark)]),
  ].join('\n');
}

/** Choices are no places: no one ever sees a session in one. */
const innerNames = (node: AnyStateNode): string[] =>
  Object.values(node.states)
    .filter(({ always }) => (always ?? []).length === 0)
    .map(({ key }) => key);

function drawArrow({ from, to, words, back }: Arrow): string {
  const start = placeOf(from);
  const end = placeOf(to);
  const middleY = start.y + BOX.height / 2;
  const data = `data-from="${from}" data-to="${to}"`;
  if (start.x === end.x) {
    const x = start.x + 50;
    return [
      `<path class="way" ${data} d="M${x} ${start.y + BOX.height}V${end.y - 2}"/>`,
      text('', x + 46, start.y + BOX.height + 52, words),
    ].join('\n');
  }
  if (start.y !== end.y) {
    const fromX = start.x + 40;
    const toX = end.x + BOX.width - 20;
    return [
      `<path class="way" ${data} d="M${fromX} ${start.y + BOX.height}L${toX} ${end.y - 2}"/>`,
      text('', (fromX + toX) / 2 + 34, (start.y + BOX.height + end.y) / 2 + 10, words),
    ].join('\n');
  }
  const isForward = start.x < end.x;
  const hasTwin = ARROWS.some((other) => other.from === to && other.to === from);
  const y = middleY + (hasTwin ? (isForward ? -14 : 14) : 0);
  const [x1, x2] = isForward ? [start.x + BOX.width, end.x - 2] : [start.x, end.x + BOX.width + 2];
  const center = (x1 + x2) / 2;
  const below = hasTwin && !isForward;
  const [first, last] = back === undefined ? [x1, x2] : [x1 + 2, x2];
  return [
    `<path class="way${back === undefined ? '' : ' both'}" ${data} d="M${first} ${y}H${last}"/>`,
    text('', center, below ? y + 21 : y - 9, words),
    ...(back === undefined ? [] : [text('', center, y + 21, back)]),
  ].join('\n');
}

function placeOf(name: string): { readonly x: number; readonly y: number } {
  const place = PLACES[name];
  if (place === undefined) throw new Error(`docs/picture.ts has no place for the state ${name}.`);
  return place;
}

const text = (className: string, x: number, y: number, words: string): string =>
  `<text${className === '' ? '' : ` class="${className}"`} x="${x}" y="${y}">${words}</text>`;
