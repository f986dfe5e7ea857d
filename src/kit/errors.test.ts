import { describe, expect, test } from 'vitest';
import { ConfigurationError, formatDiagnostic, refuseErrors, type Diagnostic } from './diagnostic.ts';
import { SlipwayError, defineErrors, hasCode, messageOf } from './errors.ts';

const shipError = defineErrors({
  SHIP_AGROUND: { message: '`{ship}` is on {place}.', hint: 'Wait for {tide}.', status: 409, exitCode: 1 },
});

describe('an error of a table', () => {
  test('names the thing, the fact and the remedy', () => {
    const error = shipError('SHIP_AGROUND', { ship: 'Ada', place: 'sand', tide: 'high water' });
    expect(error).toBeInstanceOf(SlipwayError);
    expect(error).toMatchObject({
      code: 'SHIP_AGROUND',
      message: '`Ada` is on sand.',
      hint: 'Wait for high water.',
      status: 409,
      exitCode: 1,
    });
  });

  test('keeps its cause, and takes a hint that knows better', () => {
    const cause = new Error('no water');
    const error = shipError('SHIP_AGROUND', {}, { cause, hint: 'Dig.' });
    expect(error.cause).toBe(cause);
    expect(error.hint).toBe('Dig.');
  });

  test('shows a name without a value as it stands, and does not fill values into values', () => {
    expect(shipError('SHIP_AGROUND', { ship: '{place}' }).message).toBe('`{place}` is on {place}.');
  });

  test('ends with one full stop, whether or not its last value has one', () => {
    const textOf = (place: string) => shipError('SHIP_AGROUND', { ship: 'Ada', place }).message;
    expect(['sand', 'sand.', 'what?', 'sand:\n  line'].map(textOf)).toEqual([
      '`Ada` is on sand.',
      '`Ada` is on sand.',
      '`Ada` is on what?',
      '`Ada` is on sand:\n  line',
    ]);
    expect(shipError('SHIP_AGROUND', { ship: '.', place: '..' }).message).toBe('`.` is on ...');
  });

  test('is known by its code', () => {
    expect(hasCode(shipError('SHIP_AGROUND'), 'SHIP_AGROUND')).toBe(true);
    expect([undefined, null, 'SHIP_AGROUND', new Error('x')].some((thrown) => hasCode(thrown, 'SHIP_AGROUND'))).toBe(
      false,
    );
  });
});

test('whatever was thrown has a text', () => {
  expect([new Error('broken'), 'plain', undefined].map(messageOf)).toEqual(['broken', 'plain', 'undefined']);
});

describe('diagnostics', () => {
  const fault: Diagnostic = {
    code: 'X',
    severity: 'error',
    file: 'spack.yaml',
    line: 3,
    column: 5,
    message: 'no',
    hint: 'yes',
  };

  test('are printed with place, code and hint', () => {
    expect(formatDiagnostic(fault)).toBe('spack.yaml:3:5: error: no [X]\n  hint: yes');
  });

  test('stop the work together if one of them is an error', () => {
    const warning: Diagnostic = { ...fault, severity: 'warning', message: 'hm' };
    expect(refuseErrors([warning])).toEqual([warning]);
    expect(() => refuseErrors([warning, fault])).toThrow(ConfigurationError);
    expect(() => refuseErrors([warning, fault])).toThrow(/warning: hm[^]*error: no/);
  });
});
