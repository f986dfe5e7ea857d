import { readdir } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { SlipwayError, type ErrorKind } from '../../src/kit/index.ts';

type ErrorTable = Readonly<Record<string, ErrorKind>>;

/** The one code that is in no module's table: all faults of a configuration together. */
const configurationInvalid: ErrorKind = {
  message: 'Each fault on a line of its own: file, line, column, what is wrong',
  hint: 'Correct the places that are named; nothing was done.',
  status: 422,
  exitCode: 2,
};

/** `docs/reference/errors.md`: every code of every module, in alphabetical order. */
export async function errorsPage(root: string): Promise<string> {
  const rows = [...(await readErrorTables(root)), ['CONFIGURATION_INVALID', configurationInvalid] as const]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, kind]) => {
      const { status, exitCode } = new SlipwayError(code, kind);
      return `| \`${code}\` | ${cell(kind.message)} | ${cell(kind.hint ?? '')} | ${status} | ${exitCode} |`;
    });
  return [
    '# Errors',
    '',
    'Made by `npm run generate` from the tables of each module (`errors.ts`, `*-errors.ts`). Words in braces are',
    'filled in when the error is reported.',
    'Exit status 1 means that the work failed, 2 that the input was wrong, 100 what it means to `spack ci rebuild`.',
    '',
    '| code | what happened | what to do | HTTP status | exit status |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** All codes with their kinds; a code in two tables is a mistake. */
export async function readErrorTables(root: string): Promise<readonly (readonly [string, ErrorKind])[]> {
  const files = await readdir(join(root, 'src'), { recursive: true });
  const found = new Map<string, ErrorKind>();
  for (const file of files.filter((path) => /(^|[/-])errors\.ts$/.test(path)).toSorted()) {
    const exported = (await import(pathToFileURL(join(root, 'src', file)).href)) as Record<
      string,
      { table?: ErrorTable }
    >;
    const kinds = Object.values(exported).flatMap((one) => Object.entries(one.table ?? {}));
    if (kinds.length === 0 && file !== 'kit/errors.ts') throw new Error(`src/${file} exports no table of errors`);
    for (const [code, kind] of kinds) {
      if (found.has(code)) throw new Error(`${code} is in two tables; the second is src/${file}`);
      found.set(code, kind);
    }
  }
  return [...found];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', '<br>');
}
