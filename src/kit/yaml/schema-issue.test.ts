import { expect, test } from 'vitest';
import * as z from 'zod';
import { messageOf } from '../errors.ts';
import { checkYaml, readYaml } from './yaml-source.ts';

const Source = z.union([z.string(), z.strictObject({ env: z.string() })]);

test.each([
  ['a value that is missing', z.object({ a: z.string() }), {}, '`a`: required, but missing'],
  ['another type', z.object({ a: z.array(z.string()) }), { a: [1] }, '`a[0]`: expected text, found a number'],
  ['an empty value', z.object({ a: z.boolean() }), { a: null }, '`a`: expected true or false, found an empty value'],
  ['a fraction', z.int(), 1.5, 'expected a whole number, found a number'],
  ['no number', z.number(), Number.NaN, 'expected a number, found NaN'],
  ['a choice', z.enum(['v2', 'v3']), 'v4', 'expected `v2` or `v3`'],
  [
    'a misspelt key',
    z.strictObject({ color: z.string().optional() }),
    { colour: 1 },
    'unknown key `colour`; did you mean `color`?',
  ],
  ['unknown keys', z.strictObject({}), { colour: 1, shape: 2 }, 'unknown keys `colour`, `shape`'],
  ['an empty text', z.string().min(1), '', 'must not be empty'],
  ['a short list', z.array(z.string()).min(2), [], 'must have at least 2 entries'],
  ['a long text', z.string().max(1), 'ab', 'must have at most 1 character'],
  ['a small number', z.number().positive(), 0, 'must be more than 0'],
  ['a large number', z.number().max(9), 10, 'must be at most 9'],
  ['a pattern', z.string().regex(/^a$/), 'b', 'does not have the expected form'],
  ['a format', z.url(), 'b', 'expected a valid url'],
  ['a type of no form', Source, 1, 'expected text or a mapping, found a number'],
  ['a fault within one form', z.object({ s: Source }), { s: { env: 1 } }, '`s`: `env`: expected text, found a number'],
  [
    'an unknown kind',
    z.discriminatedUnion('k', [z.object({ k: z.literal('a') })]),
    { k: 'b' },
    '`k`: not one of the known values',
  ],
  ['a key', z.record(z.string().regex(/^a$/, 'not `a`'), z.string()), { b: '' }, '`b`: not `a`'],
  ['our own message', z.string().regex(/^a$/, 'not a letter'), 'b', 'not a letter'],
  ['a refinement without a message', z.string().refine(() => false), 'b', 'not valid'],
])('%s is reported in plain English', (_, schema, value, message) => {
  expect(messageOf(schema.safeParse(value).error)).toBe(message);
});

test('a document that is something else entirely is reported in one line', () => {
  const Many = z.object(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, z.string()])));
  expect(messageOf(Many.safeParse({}).error)).toMatch(/^`a`: required, but missing; `b`: .*; and 2 more$/);
});

test('a configuration file gets the same words', () => {
  const { diagnostics } = checkYaml(readYaml('name: 3\n', 'x.yaml'), z.object({ name: z.string() }));
  expect(diagnostics.map(({ message }) => message)).toEqual(['`name`: expected text, found a number.']);
});
