/** A color of a log as it can be read on the page, in light and in dark. */
interface Tone {
  readonly light: string;
  readonly dark: string;
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** The grounds of lines on which contrast is least: the darkest in light, and the lightest in dark. */
export const GROUNDS = { light: [236, 231, 220], dark: [62, 48, 40] } as const satisfies Record<string, Rgb>;
/** WCAG 2.2, 1.4.3 (AA). */
export const LEAST_CONTRAST = 4.5;

const STEPS = 20;

/** Returns a color of any palette, mixed with black or white until it can be read: its hue stays. */
export function readableTone(color: Rgb): Tone {
  return {
    light: css(mixedUntilReadable(color, [0, 0, 0], GROUNDS.light)),
    dark: css(mixedUntilReadable(color, [255, 255, 255], GROUNDS.dark)),
  };
}

function mixedUntilReadable(color: Rgb, end: Rgb, ground: Rgb): Rgb {
  for (let step = 0; step < STEPS; step += 1) {
    const mixed = mix(color, end, step / STEPS);
    if (contrast(mixed, ground) >= LEAST_CONTRAST) return mixed;
  }
  return end;
}

/** Mixes a part of the second color into the first. */
export function mix(first: Rgb, second: Rgb, part: number): Rgb {
  const at = (index: 0 | 1 | 2) => Math.round(first[index] * (1 - part) + second[index] * part);
  return [at(0), at(1), at(2)];
}

/** WCAG 2.2, contrast ratio. */
export function contrast(first: Rgb, second: Rgb): number {
  const [lower = 0, higher = 0] = [luminance(first), luminance(second)].toSorted((a, b) => a - b);
  return (higher + 0.05) / (lower + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(level: number): number {
  const part = level / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}
