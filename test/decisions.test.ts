import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const folder = new URL('../docs/decisions/', import.meta.url);
const records = readdirSync(folder).filter((name) => /^\d{4}-/.test(name));

describe('decision records', () => {
  test.each(records)('%s has its number, a title and a dated status', (name) => {
    const [title, , status] = readFileSync(new URL(name, folder), 'utf8').split('\n');
    expect(title).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. \\S`));
    expect(status).toMatch(/^(Accepted on \d{4}-\d\d-\d\d|Superseded by record \d+ on \d{4}-\d\d-\d\d)\.$/);
  });

  test('have every number but those that the README lists', () => {
    const [, list = ''] = /Records ([\d, and]+) never/.exec(readFileSync(new URL('README.md', folder), 'utf8')) ?? [];
    const numbers = records.map((name) => Number(name.slice(0, 4)));
    const missing = Array.from({ length: Math.max(...numbers) }, (_, index) => index + 1).filter(
      (number) => !numbers.includes(number),
    );
    expect(missing).toEqual(list.match(/\d+/g)?.map(Number));
  });
});
