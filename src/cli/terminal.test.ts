import { expect, test } from 'vitest';
import { collectedTerminal } from '../../test/support/collected-terminal.ts';
import { createTerminal } from './terminal.ts';

const sink = { isTTY: true, write: () => true };

test('data goes to stdout and notes to stderr', () => {
  const { terminal, stdout, stderr } = collectedTerminal();
  terminal.data('a result');
  terminal.note('a remark');
  expect(stdout()).toBe('a result\n');
  expect(stderr()).toBe('a remark\n');
});

test('a value is one line of JSON on stdout', () => {
  const { terminal, stdout } = collectedTerminal();
  terminal.json({ text: 'two\nlines' });
  expect(stdout()).toBe('{"text":"two\\nlines"}\n');
});

test('progress is not written without a terminal', () => {
  const { terminal, stderr } = collectedTerminal(false);
  terminal.progress('half way');
  expect(stderr()).toBe('');
});

test('a note stands above the progress line, which is drawn again', () => {
  const { terminal, stderr } = collectedTerminal(true);
  terminal.progress('half way');
  terminal.note('a remark');
  expect(stderr()).toBe('half way\r\u001B[2Ka remark\nhalf way');
});

test('a progress line is cut to the width of the terminal, so that it can be overwritten', () => {
  const { terminal, stderr } = collectedTerminal(true);
  terminal.progress('x'.repeat(100));
  expect(stderr()).toBe('x'.repeat(39));
});

test('CI and TERM=dumb mean that no person watches, and NO_COLOR that colours are off', () => {
  const streams = { stdout: sink, stderr: sink };
  expect(createTerminal(streams, {}).isInteractive).toBe(true);
  expect(createTerminal(streams, { CI: 'true' }).isInteractive).toBe(false);
  expect(createTerminal(streams, { TERM: 'dumb' }).isInteractive).toBe(false);
  expect(createTerminal(streams, {}).colors.isColorSupported).toBe(true);
  expect(createTerminal(streams, { NO_COLOR: '1' }).colors.isColorSupported).toBe(false);
});

test('data has no colours in a pipe, also where notes go to a terminal', () => {
  const pipe = { isTTY: false, write: () => true };
  expect(createTerminal({ stdout: pipe, stderr: sink }, {}).colors.isColorSupported).toBe(false);
  expect(createTerminal({ stdout: sink, stderr: pipe }, {}).colors.isColorSupported).toBe(true);
});
