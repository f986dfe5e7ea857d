import { closestWord } from './closest-word.ts';
import { quotedList } from './quoted-list.ts';

const MOST = 8;

/** Returns a hint with the name that was probably meant; undefined if none is close. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const close = closestWord(word, candidates);
  return close === undefined ? undefined : `Did you mean \`${close}\`?`;
}

/** Returns a hint for a name that does not exist: the one that was probably meant, else those that exist. */
export function suggestion(word: string, candidates: Iterable<string>): string | undefined {
  const known = [...new Set(candidates)];
  const meant = didYouMean(word, known);
  if (meant !== undefined) return meant;
  if (known.length === 0) return undefined;
  const rest = known.length > MOST ? ` and ${known.length - MOST} more` : '';
  return `Use one of ${quotedList(known.slice(0, MOST))}${rest}.`;
}
