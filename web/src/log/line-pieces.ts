import type { Span } from './ansi.ts';

/** First and last character (excluded) of a part of a line. */
type Range = readonly [first: number, end: number];

/** A part of a line that is in one look, and marked as a whole or not at all. */
export interface Piece extends Span {
  readonly isMatch: boolean;
}

/** Pieces that follow each other: with an address they are a link. */
interface PieceGroup {
  readonly href?: string;
  readonly pieces: readonly Piece[];
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\\{}|^]+/g;
/** At the end of an address these belong to the sentence. */
const AFTER = /[.,;:!?*]+$/;
/** Links of a line at most. */
const LINKS = 50;

/** Cuts the spans of a line at its links and at the matches of a search. */
export function groupPieces(spans: readonly Span[], matches: readonly Range[] = []): readonly PieceGroup[] {
  const text = spans.map((span) => span.text).join('');
  const links = linksIn(text);
  const cuts = [...links.map(({ range }) => range), ...matches].flat();
  const groups: { href?: string; pieces: Piece[] }[] = [];
  for (const { span, first, end } of cutSpans(spans, cuts)) {
    const href = links.find(({ range }) => range[0] <= first && end <= range[1])?.href;
    const isMatch = matches.some((range) => range[0] <= first && end <= range[1]);
    const piece = { ...span, isMatch };
    const last = groups.at(-1);
    if (last !== undefined && last.href === href) last.pieces.push(piece);
    else groups.push(href === undefined ? { pieces: [piece] } : { href, pieces: [piece] });
  }
  return groups;
}

function* cutSpans(spans: readonly Span[], cuts: readonly number[]) {
  let start = 0;
  for (const span of spans) {
    const end = start + span.text.length;
    const inside = [...new Set(cuts)].filter((cut) => cut > start && cut < end).toSorted((a, b) => a - b);
    let first = start;
    for (const cut of [...inside, end]) {
      yield { span: { ...span, text: span.text.slice(first - start, cut - start) }, first, end: cut };
      first = cut;
    }
    start = end;
  }
}

interface Link {
  readonly range: Range;
  readonly href: string;
}

/** Only whole addresses of the web are links; one that hides its host behind a user name is none. */
function linksIn(text: string): readonly Link[] {
  const links: Link[] = [];
  for (const match of text.matchAll(ADDRESS)) {
    if (links.length >= LINKS) break;
    const address = withoutEnd(match[0]);
    if (!URL.canParse(address)) continue;
    const url = new URL(address);
    if (url.username === '' && url.password === '')
      links.push({ range: [match.index, match.index + address.length], href: url.href });
  }
  return links;
}

/** A closing bracket belongs to the address only where that has the opening one. */
function withoutEnd(address: string): string {
  const cut = address.replace(AFTER, '');
  for (const [open, close] of ['()', '[]'] as const)
    if (cut.endsWith(close as string) && cut.split(close as string).length > cut.split(open as string).length)
      return withoutEnd(cut.slice(0, -1));
  return cut;
}
