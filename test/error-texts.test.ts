import { describe, expect, test } from 'vitest';
import { readErrorTables } from '../scripts/reference/errors-page.ts';
import { root } from '../scripts/reference/pages.ts';

/** Lines of quoted output follow the full stop, or a colon; a question ends as one. */
const QUOTED = /[.:]\s?\{(?:tail|output)\}$|\?$/;
/** A capital letter, a value in backquotes, or a value that the error fills in. */
const BEGIN = /^[A-Z`{/]/;

const kinds = await readErrorTables(root);

test('there are tables of errors', () => expect(kinds.length).toBeGreaterThan(300));

describe('the convention of docs/contributing/style.md', () => {
  test('a message begins with a capital letter or a value, and ends with one full stop', () => {
    const wrong = kinds.filter(([, { message }]) => !isSentence(message) && !QUOTED.test(message));
    expect(wrong.map(([code, { message }]) => `${code}: ${message}`)).toEqual([]);
  });

  test('a hint is a sentence with a full stop', () => {
    const wrong = kinds.filter(([, { hint = '.' }]) => hint !== '.' && !isSentence(hint) && !isFilledIn(hint));
    expect(wrong.map(([code, { hint }]) => `${code}: ${hint}`)).toEqual([]);
  });
});

function isSentence(text: string): boolean {
  return (BEGIN.test(text) || text.startsWith('clingo ')) && /[^.]\.$/.test(text);
}

/** The hint, or its last sentence, is made where the error is thrown, or is a command to copy. */
function isFilledIn(hint: string): boolean {
  return /(?:^|\. )\{\w+\}$|^Run: \{\w+\}$|\n {2}/.test(hint);
}
