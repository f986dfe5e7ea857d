import { YAMLException, parseEvents, type Event } from 'js-yaml';

export interface ParsedYaml {
  /** The text that the events refer to. */
  readonly text: string;
  readonly events: Event[];
  /** Converts an offset in `text` to one in the original text. */
  offset(at: number): number;
}

/** Deeper than anything is indented. */
const PAD = ' '.repeat(256);
/**
 * Characters that are looked at again, at most: about a third of a second. A text of 20 KB may have a hundred such
 * lines.
 */
const MOST_AGAIN = 3_000_000;

/**
 * Parses as the parsers of Spack and GitLab do, which require no indentation of lines within brackets or quotes: people
 * put a `]` below the key. js-yaml requires it, so such a line gets one, where it has no meaning. Throws YAMLException
 * with an offset in the original text.
 */
export function parseYaml(original: string, options: { readonly maxDepth?: number } = {}): ParsedYaml {
  const pads: number[] = [];
  let [text, again] = [original, 0];
  let first: unknown;
  for (;;) {
    try {
      return { text, events: parseEvents(text, options), offset: (at) => withoutPads(at, pads) };
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
  const at = error.mark?.position ?? text.length;
  const line = text.lastIndexOf('\n', at - 1) + 1;
  const isWithin = line > 0 && at < text.length && /^[ \t]*$/.test(text.slice(line, at));
  return isWithin && !/^(?:---|\.\.\.)(?:\s|$)/.test(text.slice(line, line + 4)) ? line : undefined;
}

function withoutPads(at: number, pads: readonly number[]): number {
  const last = pads.findLastIndex((pad) => pad <= at);
  if (last < 0) return at;
  const pad = pads[last] as number;
  return at - last * PAD.length - Math.min(at - pad, PAD.length);
}
