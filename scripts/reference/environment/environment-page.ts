import { recipeVariableRows } from './recipe-variables.ts';
import { readVariables } from './variable-scan.ts';
import { variableGroups } from './variable-table.ts';

/** Returns `docs/reference/environment.md`: every environment variable that the sources read. */
export function environmentPage(root: string): string {
  const read = readVariables(root);
  checkTable(read);
  return [
    '# Environment variables',
    '',
    'Made by `npm run generate`. The last column names the [modules](../architecture.md#the-modules) that read the',
    'variable. A test fails if the sources read a variable that is missing here.',
    '',
    ...variableGroups.flatMap(({ title, purpose, variables }) => [
      `## ${title}`,
      '',
      purpose,
      '',
      '| variable | meaning | if not set | read by |',
      '| --- | --- | --- | --- |',
      ...variables.map(({ name, meaning, without = '' }) => {
        const modules = [...(read.get(name) ?? [])].toSorted().map((one) => `\`${one}\``);
        return `| \`${name}\` | ${meaning} | ${without} | ${modules.join(', ')} |`;
      }),
      '',
    ]),
    '## In the steps of a recipe',
    '',
    'Each step of [`recipes/<name>.yaml`](configuration.md) has these variables and those of the recipe’s `env`, and no others.',
    'The variables of this table take precedence over those of `env`.',
    '',
    '| variable | meaning | value |',
    '| --- | --- | --- |',
    ...recipeVariableRows(),
    '',
  ].join('\n');
}

/** Throws if the table lacks a variable, or lists one that no source reads. */
function checkTable(read: ReadonlyMap<string, ReadonlySet<string>>): void {
  const listed = variableGroups.flatMap(({ variables }) => variables.map(({ name }) => name));
  const missing = [...read.keys()].filter((name) => !listed.includes(name));
  const stale = listed.filter((name, index) => !read.has(name) || listed.indexOf(name) !== index);
  if (missing.length === 0 && stale.length === 0) return;
  throw new Error(
    `scripts/reference/environment/variable-table.ts lacks: ${missing.join(', ') || 'nothing'}; ` +
      `lists twice or without a reader: ${stale.join(', ') || 'nothing'}`,
  );
}
