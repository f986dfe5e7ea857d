import { YAMLException, parseEvents, type Event } from 'js-yaml';

export interface ParsedYaml {
  /** What the events are of. */
  readonly text: string;
  readonly events: Event[];
  /** Where what stands at a place of `text` stands in the text that was given. */
  offset(place: number): number;
}

/** Deeper than anything is indented. */
const PAD = ' '.repeat(256);
/**
 * Characters that are looked at again, at most: about a third of a second. A text of 20 KB may have a hundred such
 * lines.
 */
const MOST_AGAIN = 3_000_000;

/**
 * Parses as the parsers of Spack and GitLab do, for which no line within brackets or quotes needs an indentation:
 * people let a `]` stand below the key. js-yaml asks for it; so such a line gets one, where it means nothing. Throws
 * YAMLException with a place in the text that was given.
 */
export function parseYaml(given: string, options: { readonly maxDepth?: number } = {}): ParsedYaml {
  const pads: number[] = [];
  let [text, again] = [given, 0];
  let first: unknown;
  for (;;) {
    try {
      return { text, events: parseEvents(text, options), offset: (place) => withoutPads(place, pads) };
    } catch (error) {
      first ??= error;
      const line = unindentedLine(error, text);
      again += (line ?? 0) + text.length;
      if (line === undefined || line <= (pads.at(-1) ?? -1) || again > MOST_AGAIN) throw first;
      text = text.slice(0, line) + PAD + text.slice(line);
      pads.push(line);
    }
  }
}

/**
 * Where a line begins that js-yaml found within brackets or quotes and not indented enough; they end before a new
 * document.
 */
function unindentedLine(error: unknown, text: string): number | undefined {
  if (!(error instanceof YAMLException) || error.reason !== 'deficient indentation') return undefined;
  const place = error.mark?.position ?? text.length;
  const line = text.lastIndexOf('\n', place - 1) + 1;
  const isWithin = line > 0 && place < text.length && /^[ \t]*$/.test(text.slice(line, place));
  return isWithin && !/^(?:---|\.\.\.)(?:\s|$)/.test(text.slice(line, line + 4)) ? line : undefined;
}

function withoutPads(place: number, pads: readonly number[]): number {
  const last = pads.findLastIndex((pad) => pad <= place);
  if (last < 0) return place;
  const pad = pads[last] as number;
  return place - last * PAD.length - Math.min(place - pad, PAD.length);
}
