import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { STYLES } from '../../../src/devtools/styles.ts';

/*
 * WCAG 2.2 AA, computed from the colours themselves: 4.5 to 1 for text (1.4.3), 3 to 1 for what has to be seen to operate
 * something (1.4.11). Every colour of text is held against every ground, so that no pair is left out; the tests also see
 * to it that the style sheets use no other colours.
 */

const TEXT_CONTRAST = 4.5;
const MARK_CONTRAST = 3;

const root = fileURLToPath(new URL('../../../', import.meta.url));

type Theme = 'light' | 'dark';
type Tokens = ReadonlyMap<string, Readonly<Record<Theme, string>>>;

function tokensOf(css: string): Tokens {
  const found = css.matchAll(/--(?<name>[\w-]+): light-dark\((?<light>#\w+), (?<dark>#\w+)\)/g);
  return new Map([...found].map(({ groups: { name = '', light = '', dark = '' } = {} }) => [name, { light, dark }]));
}

function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.replaceAll(/[^#]/g, '$&$&') : colour;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(digits.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

interface Palette {
  readonly text: readonly string[];
  readonly grounds: readonly string[];
  /** Colours of text for one ground only. */
  readonly pairs: readonly (readonly [text: string, ground: string])[];
  /** Dots, bars, edges of fields, the focus: without text on them. */
  readonly marks: readonly string[];
}

/** Pairs of a palette that are too alike. */
function tooAlike(tokens: Tokens, { text, grounds, pairs, marks }: Palette): readonly string[] {
  const across = (names: readonly string[], least: number) =>
    names.flatMap((name) => grounds.map((ground) => [name, ground, least] as const));
  const all = [
    ...across(text, TEXT_CONTRAST),
    ...pairs.map(([name, ground]) => [name, ground, TEXT_CONTRAST] as const),
    ...across(marks, MARK_CONTRAST),
  ];
  return all.flatMap(([name, ground, least]) =>
    (['light', 'dark'] as const).flatMap((theme) => {
      const ratio = contrast(tokens.get(name)?.[theme] ?? '', tokens.get(ground)?.[theme] ?? '');
      return ratio >= least ? [] : [`${theme}: ${name} on ${ground} is ${ratio.toFixed(2)}, needs ${least}`];
    }),
  );
}

interface Rule {
  readonly selector: string;
  readonly body: string;
}

const rulesOf = (css: string): readonly Rule[] =>
  [...css.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/(?<selector>[^{}]+)\{(?<body>[^{}]*)\}/g)].map(
    ({ groups: { selector = '', body = '' } = {} }) => ({ selector: selector.trim(), body }),
  );

const declared = ({ body }: Rule, property: string): string | null =>
  new RegExp(`(?:^|[;\\s])${property}: ([^;]+)`).exec(body)?.[1] ?? null;

/** Rules that colour text or a ground with what the palette does not name. */
function strangers(css: string, { text, grounds, pairs, marks }: Palette): readonly string[] {
  const isText = (value: string) =>
    [...text, ...pairs.map(([name]) => name)].some((name) => value === `var(--${name})`);
  const isGround = (value: string) => grounds.some((name) => value === `var(--${name})`);
  return rulesOf(css).flatMap((rule) => {
    const colour = declared(rule, 'color');
    const ground = declared(rule, 'background');
    const isPair = pairs.some(([name, on]) => colour === `var(--${name})` && ground === `var(--${on})`);
    const isMark = colour === null && marks.some((name) => ground === `var(--${name})`);
    const ownColour = colour !== null && colour !== 'inherit' && !isText(colour);
    const ownGround = ground !== null && ground !== 'none' && !isGround(ground) && !isPair && !isMark;
    return [
      ...(ownColour ? [`${rule.selector}: color ${colour}`] : []),
      ...(ownGround ? [`${rule.selector}: background ${ground}`] : []),
    ];
  });
}

it('the formula is that of WCAG', () => {
  expect(contrast('#000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#767676', '#fff')).toBeCloseTo(4.54, 2);
});

describe('the page of the studio', () => {
  const files = readdirSync(`${root}visualizer/src`, { recursive: true, encoding: 'utf8' });
  const css = files
    .filter((file) => file.endsWith('.css'))
    .map((file) => readFileSync(`${root}visualizer/src/${file}`, 'utf8'))
    .join('\n')
    // The state that is looked at: the present one, or a selected one.
    .replaceAll('var(--shown-wash)', 'var(--current-wash)')
    .replaceAll('var(--shown)', 'var(--current)');
  const palette: Palette = {
    text: ['ink', 'muted', 'current', 'taken', 'selected', 'good', 'bad'],
    grounds: ['ground', 'surface', 'raised', 'current-wash', 'taken-wash', 'selected-wash'],
    pairs: [['current-ink', 'current']],
    marks: ['edge', 'current', 'taken', 'selected', 'good', 'bad', 'muted'],
  };

  it('has enough contrast in every pair of colours', () => {
    expect(tooAlike(tokensOf(css), palette)).toEqual([]);
  });

  it('uses these colours only', () => {
    // A stretch of time in which nothing was tried: the list below has it in words.
    expect(strangers(css, palette)).toEqual(['.bars .bar: background var(--wire)']);
  });

  it('keeps its tones where an element is faded: nothing that can be read is', () => {
    expect(rulesOf(css).filter((rule) => !['1', null].includes(declared(rule, 'opacity')))).toEqual([]);
  });
});

describe('the panel of the devtools', () => {
  it('has enough contrast in every pair of its colours', () => {
    const found = (property: string) => {
      const pattern = new RegExp(`[;\\s{]${property}: light-dark\\((#\\w+), (#\\w+)\\)`, 'g');
      return [...STYLES.matchAll(pattern)].map(([, light = '', dark = '']) => ({ light, dark }));
    };
    const [texts, grounds] = [found('color'), found('background')];
    expect(texts.length).toBeGreaterThan(5);
    expect(grounds.length).toBeGreaterThan(2);
    for (const theme of ['light', 'dark'] as const) {
      for (const text of texts) {
        for (const ground of grounds) {
          expect(contrast(text[theme], ground[theme]), `${text[theme]} on ${ground[theme]}`).toBeGreaterThanOrEqual(
            TEXT_CONTRAST,
          );
        }
      }
    }
  });
});

describe('the example chat', () => {
  const css = readFileSync(`${root}examples/chat/src/styles.css`, 'utf8');
  const palette: Palette = {
    text: ['text', 'faint'],
    grounds: ['page', 'surface'],
    pairs: [
      ['on-accent', 'accent'],
      ['on-warning', 'warning'],
      // A button in a warning.
      ['on-warning', 'surface'],
    ],
    marks: ['edge', 'accent', 'good', 'faint'],
  };

  it('has enough contrast in every pair of colours, and uses no others', () => {
    expect(tooAlike(tokensOf(css), palette)).toEqual([]);
    expect(strangers(css, palette)).toEqual([]);
  });

  it('fades only what cannot be pressed', () => {
    const faded = rulesOf(css).filter((rule) => declared(rule, 'opacity') !== null);
    const selectors = faded.flatMap(({ selector }) => selector.split(/,\s*/));
    expect(selectors).toEqual(['button:disabled', 'button[aria-disabled]']);
  });
});
