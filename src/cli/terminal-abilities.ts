export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether output has colours: `NO_COLOR` (no-color.org) turns them off, `CLICOLOR_FORCE` on, and `CLICOLOR=0` off
 * (bixense.com/clicolors); otherwise a terminal has them.
 */
export function usesColors(isTerminal: boolean, env: Environment): boolean {
  const { NO_COLOR, CLICOLOR, CLICOLOR_FORCE } = env;
  if (isSet(NO_COLOR)) return false;
  if (isSet(CLICOLOR_FORCE) && CLICOLOR_FORCE !== '0') return true;
  return isTerminal && CLICOLOR !== '0';
}

/** Whether a terminal shows Unicode, by the locale (POSIX, 8.2). The Linux console has glyphs for little of it. */
export function usesUnicode(env: Environment): boolean {
  const { LC_ALL, LC_CTYPE, LANG, TERM } = env;
  const locale = [LC_ALL, LC_CTYPE, LANG].find(isSet) ?? 'C';
  return /utf-?8/i.test(locale) && TERM !== 'linux';
}

export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

const ASCII: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '…': '...',
  '→': '->',
  '←': '<-',
  '—': '-',
  '–': '-',
  '×': 'x',
  '·': '*',
  '•': '*',
  '✓': 'ok',
  '✔': 'ok',
  '✗': 'x',
  '✘': 'x',
  '�': '?',
  '\u00A0': ' ',
  '\u2009': ' ',
};
const MARKS = new RegExp(`[${Object.keys(ASCII).join('')}]`, 'g');

/** Replaces the punctuation and marks of messages by ASCII; letters of names stay. */
export function withoutUnicode(text: string): string {
  return text.replace(MARKS, (mark) => ASCII[mark] as string);
}
