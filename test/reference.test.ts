import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { variablesOf } from '../scripts/reference/environment/variable-scan.ts';
import { referencePages, root } from '../scripts/reference/pages.ts';
import { schemaTable } from '../scripts/reference/schema-table.ts';

const pages = await referencePages();

test.each([...pages.keys()])('%s says what the code says (`npm run generate` brings it up to date)', (path) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(pages.get(path));
});

test('there is a page for commands, configuration and errors, and each holds something', () => {
  for (const name of ['commands', 'configuration', 'errors']) {
    expect(pages.get(`docs/reference/${name}.md`)?.split('\n').length).toBeGreaterThan(20);
  }
});

test('a table of a schema names nested keys, what is required, and standard values', () => {
  const entry = {
    type: 'object',
    properties: { name: { type: 'string', description: 'Its name' } },
    required: ['name'],
  };
  const schema = { type: 'object', properties: { stacks: { type: 'array', items: entry, default: [] } } };
  expect(schemaTable(schema).slice(2)).toEqual([
    '| `stacks` |  | list of maps | `[]` |',
    '| `stacks[].name` | Its name | text | (required) |',
  ]);
});

test('the list of environment variables finds every form of reading one', () => {
  const source = `
    // env.IN_A_COMMENT
    const { FIRST: first = '', SECOND } = context.env;
    run(env.THIRD ?? env['FOURTH'], environment['FIFTH'], lookup('SIXTH'), \`\${SLIPWAY_SEVENTH}\`);
  `;
  const found = ['THIRD', 'FOURTH', 'FIFTH', 'SIXTH', 'SLIPWAY_SEVENTH', 'FIRST', 'SECOND'];
  expect([...variablesOf(source)].toSorted()).toEqual(found.toSorted());
});
