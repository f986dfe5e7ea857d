import { describe, expect, test } from 'vitest';
import { compileExpression } from './expression.ts';

const variables: Readonly<Record<string, string>> = {
  A: 'a',
  EMPTY: '',
  BRANCH: 'release/1.2',
  PATTERN: '/^release\\//',
  WORD: 'ease',
  ONE: '/a/',
  BLANK: ' ',
};

function holds(expression: string): boolean {
  const condition = compileExpression(expression);
  if (typeof condition === 'string') throw new Error(condition);
  return condition((name) => (Object.hasOwn(variables, name) ? variables[name] : undefined));
}

describe('expressions', () => {
  test.each([
    ['$A', true],
    ['$EMPTY', false],
    ['$NONE', false],
    ['$A == "a"', true],
    ["'a' == $A", true],
    ['$A != "b"', true],
    ['$NONE == null', true],
    ['$EMPTY == null', false],
    ['$EMPTY == ""', true],
    ['null != $A', true],
    ['$BRANCH =~ /^release\\/\\d+\\.\\d+$/', true],
    ['$BRANCH =~ /^RELEASE/i', true],
    ['$BRANCH !~ /^RELEASE/', true],
    ['$BRANCH =~ $PATTERN', true],
    ['$A =~ $PATTERN', false],
    ['$WORD =~ $BRANCH', true],
    ['$BRANCH =~ $WORD', false],
    ['$BRANCH =~ "/^rel/"', true],
    ['$NONE =~ /^$/', true],
    ['$NONE =~ $NONE', false],
    ['$A !~ $NONE', true],
    ['$A =~ $ONE', true],
    ['$EMPTY || $A', false],
    ['$EMPTY && $A', true],
    ['$A && $EMPTY', false],
    ['$NONE || $A', true],
    ['$BLANK', false],
    ['("x" || $A) == "x"', true],
    ['$A == ($NONE || "a")', true],
    ['$A == "a" == $A', false],
    ['(($A))', true],
    ['$A == /a.?/', false],
    ['$NONE =~ /ab/', false],
    ['$NONE !~ /ab/', true],
    ['$A || $NONE && $NONE', true],
    ['($A || $NONE) && $NONE', false],
    ['$A=="a"&&$BRANCH=~/rel/', true],
    ['!$NONE', true],
    ['!$BLANK', true],
    ['!$A', false],
    ['!$NONE && $A', true],
    ['!($NONE || $A)', false],
    ['! ! $A', true],
    ['!$A == "false"', true],
    ['"true" == !$NONE', true],
    ['!$A != $A', true],
    ['true', true],
    ['$A == "a" && false', false],
    ['($A == "a") == true', true],
    ['$A == true', false],
    ['$trueish || true', true],
  ])('%s is %s', (expression, expected) => {
    expect(holds(expression)).toBe(expected);
  });

  test.each([
    '',
    '$A ==',
    '== $A',
    '($A',
    '$A)',
    '$A $A',
    'a == b',
    '$A =~ /(/',
    '$A =~ /(?=a)/',
    '$A =~ /[b-a]/',
    '$A & $A',
    '$A =~ /a/',
    '$A =~ /ab/g',
    '${A} == "a"',
    '$A == b',
    '$A ("a")',
    '!',
    '$A !',
    '$A ! $A',
    '!'.repeat(1000) + '$A',
    'truest',
  ])('%j is refused with a reason', (expression) => {
    expect(compileExpression(expression)).toBeTypeOf('string');
  });
});
