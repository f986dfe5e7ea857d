/**
 * Reports words that `docs/contributing/style.md` lists as words to avoid, in the names and texts of all files of the
 * repository that people read. Part of `npm run check`.
 */
import { readFileSync } from 'node:fs';
import { execaSync } from 'execa';

const guide = 'docs/contributing/style.md';
const read = ['*.ts', '*.tsx', '*.mts', '*.js', '*.md', '*.yaml', '*.yml', '*.sh', '*.html', '.ci/run'];
/** Texts of others, the list itself, and the record that shows texts before they were changed. */
const unread = ['test/fixtures', guide, 'docs/decisions/0056-plain-english.md'];

/** Words of the first column of the guide's table, with what to write instead. */
function wordsToAvoid(): ReadonlyMap<string, string> {
  const [, table = ''] = readFileSync(guide, 'utf8').split('| avoid | write |\n| --- | --- |\n');
  const rows = [...table.matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)];
  return new Map(
    rows.flatMap(([, words = '', instead = '']) =>
      words
        .replaceAll(/\([^)]*\)/g, '')
        .split(',')
        .map((word) => [word.trim(), instead] as const),
    ),
  );
}

const avoid = wordsToAvoid();
if (avoid.size < 10) throw new Error(`${guide} has no table of words to avoid.`);
const pattern = new RegExp(`(?<![\\w=*./-])(${[...avoid.keys()].join('|')})(?![\\w-]|: \\[)`, 'gi');
/** Returns whether a word is in quotes. Such a word is a name, for example the user `nobody`. */
const isQuoted = (line: string, start: number, end: number): boolean =>
  /['"`]/.test(line.charAt(start - 1)) && /['"`]/.test(line.charAt(end));
const { stdout } = execaSync('git', ['ls-files', '-z', '--', ...read, ...unread.map((path) => `:!${path}`)]);
function report(place: string, word: string): void {
  process.stderr.write(`${place}: \`${word}\`: write ${avoid.get(word.toLowerCase())} (${guide})\n`);
  process.exitCode = 1;
}

for (const file of stdout.split('\0').filter(Boolean)) {
  for (const word of file.split(/\W/)) if (avoid.has(word)) report(file, word);
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries())
    for (const { 0: word, index: column } of line.matchAll(pattern))
      if (!isQuoted(line, column, column + word.length)) report(`${file}:${index + 1}:${column + 1}`, word);
}
