import { ESCAPES } from '../../../src/protocol/shown-line.ts';
import type { Rgb } from './readable-tone.ts';

/** A piece of a line in one look. `color` and `background` are of the large palettes. */
export interface Span {
  readonly text: string;
  readonly classes: string;
  readonly color?: Rgb;
  readonly background?: Rgb;
}

/** How text looks from here on; carried from line to line. */
export interface Look {
  readonly foreground?: number | Rgb;
  readonly background?: number | Rgb;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

/**
 * One line as spans, and the look in which the next begins (ECMA-48, SGR). Every byte comes out as text or not at
 * all: nothing that a log holds can become markup.
 */
export function readAnsi(line: string, look: Look = {}): { spans: readonly Span[]; look: Look } {
  const spans: Span[] = [];
  let current = look;
  let from = 0;
  const take = (to: number) => {
    if (to > from) spans.push(spanOf(line.slice(from, to), current));
  };
  for (const match of line.matchAll(ESCAPES)) {
    take(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') current = applyCodes(current, match[1] ?? '');
  }
  take(line.length);
  return { spans, look: current };
}

function applyCodes(look: Look, text: string): Look {
  const codes = text.split(/[;:]/).map((code) => Number(code === '' ? 0 : code));
  let next = look;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code !== 38 && code !== 48) {
      next = applyCode(next, code);
      continue;
    }
    const [color, used] = largeColor(codes.slice(index + 1));
    if (color !== undefined) next = { ...next, [code === 38 ? 'foreground' : 'background']: color };
    index += used;
  }
  return next;
}

const EFFECTS: Readonly<Record<number, Look>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  39: { foreground: undefined },
  49: { background: undefined },
};

/** The first of eight codes, and the colour that it stands for. */
const COLORS = [
  ['foreground', 30, 0],
  ['background', 40, 0],
  ['foreground', 90, 8],
  ['background', 100, 8],
] as const;

function applyCode(look: Look, code: number): Look {
  if (code === 0) return {};
  const range = COLORS.find(([, first]) => code >= first && code < first + 8);
  if (range === undefined) return { ...look, ...EFFECTS[code] };
  const [layer, first, color] = range;
  return { ...look, [layer]: code - first + color };
}

/** `5;n` or `2;r;g;b`, and how many codes that took. */
function largeColor([kind, first = 0, second = 0, third = 0]: readonly number[]): readonly [
  number | Rgb | undefined,
  number,
] {
  if (kind === 5) return [first < 16 ? first : paletteColor(first), 2];
  const level = (part: number) => Math.min(255, Math.max(0, part || 0));
  if (kind === 2) return [[level(first), level(second), level(third)], 4];
  return [undefined, 1];
}

/** The 6×6×6 cube and the greys of xterm. */
function paletteColor(index: number): Rgb {
  if (index >= 232) {
    const grey = 8 + 10 * (Math.min(index, 255) - 232);
    return [grey, grey, grey];
  }
  const level = (part: number) => (part === 0 ? 0 : 55 + 40 * part);
  const cube = index - 16;
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}

function spanOf(text: string, { foreground, background, bold, dim, italic, underline, inverse }: Look): Span {
  const classes = [
    typeof foreground === 'number' && `fg${foreground}`,
    typeof background === 'number' && `bg${background}`,
    bold && 'bold',
    dim && 'dim',
    italic && 'italic',
    underline && 'underline',
    inverse && 'inverse',
  ];
  return {
    text,
    classes: classes.filter(Boolean).join(' '),
    color: typeof foreground === 'object' ? foreground : undefined,
    background: typeof background === 'object' ? background : undefined,
  };
}
