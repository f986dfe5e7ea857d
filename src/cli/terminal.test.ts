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

test('colours follow NO_COLOR, CLICOLOR_FORCE and CLICOLOR, in this order', () => {
  const pipe = { isTTY: false, write: () => true };
  const hasColors = (stdout: typeof sink, env: Record<string, string>) =>
    createTerminal({ stdout, stderr: pipe }, env).colors.isColorSupported;
  expect(hasColors(pipe, { CLICOLOR_FORCE: '1' })).toBe(true);
  expect(hasColors(pipe, { CLICOLOR_FORCE: '1', NO_COLOR: '1' })).toBe(false);
  expect(hasColors(pipe, { CLICOLOR_FORCE: '0' })).toBe(false);
  expect(hasColors(sink, { CLICOLOR: '0' })).toBe(false);
  expect(hasColors(sink, { CLICOLOR: '0', CLICOLOR_FORCE: '1' })).toBe(true);
  expect(hasColors(sink, { TERM: 'dumb' })).toBe(false);
});

test('a terminal without Unicode shows ASCII marks; pipes and JSON keep the text', () => {
  const shown = (isTTY: boolean, env: Record<string, string>) => {
    let text = '';
    const stdout = { isTTY, write: (part: string) => (text += part) };
    const terminal = createTerminal({ stdout, stderr: stdout }, { NO_COLOR: '1', ...env });
    terminal.data('zlib 1.2 → 1.3 … the job’s image — Müller');
    terminal.json('→');
    terminal.error('error: the stack’s lock');
    return text;
  };
  const unicode = 'zlib 1.2 → 1.3 … the job’s image — Müller\n"→"\nerror: the stack’s lock\n';
  const ascii = 'zlib 1.2 -> 1.3 ... the job\'s image - Müller\n"→"\nerror: the stack\'s lock\n';
  expect(shown(true, { LANG: 'en_US.UTF-8' })).toBe(unicode);
  expect(shown(true, { LANG: 'en_US.UTF-8', LC_ALL: 'C' })).toBe(ascii);
  expect(shown(true, {})).toBe(ascii);
  expect(shown(true, { LANG: 'C.UTF-8', TERM: 'linux' })).toBe(ascii);
  expect(shown(false, { LANG: 'C' })).toBe(unicode);
});

test('the first word of an error is coloured on a terminal', () => {
  const { terminal, stderr } = collectedTerminal(true);
  terminal.error('error: It failed.');
  expect(stderr()).toBe('\u001B[1m\u001B[31merror:\u001B[39m\u001B[22m It failed.\n');
});
