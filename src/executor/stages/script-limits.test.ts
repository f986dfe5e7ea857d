import { expect, test } from 'vitest';
import { scriptLimits } from './script-limits.ts';

const limits = (variables: Record<string, string>) => scriptLimits((name) => variables[name]);

test('variables set the time of a script and of after_script', () => {
  const variables = { RUNNER_SCRIPT_TIMEOUT: '1h30m0.5s', RUNNER_AFTER_SCRIPT_TIMEOUT: '250ms' };
  expect(limits(variables)).toMatchObject({ script: 5_400_500, afterScript: 250 });
});

test('what is no duration, or none at all, leaves them as they are', () => {
  for (const text of ['', 'soon', '10', '-5m', '0s', '5m later'])
    expect(limits({ RUNNER_SCRIPT_TIMEOUT: text, RUNNER_AFTER_SCRIPT_TIMEOUT: text })).toEqual({
      afterScript: 300_000,
      isAfterScriptIgnored: true,
    });
});

test('a failure of after_script counts only where the job says so', () => {
  expect(limits({ AFTER_SCRIPT_IGNORE_ERRORS: 'true' }).isAfterScriptIgnored).toBe(true);
  expect(limits({ AFTER_SCRIPT_IGNORE_ERRORS: 'false' }).isAfterScriptIgnored).toBe(false);
});
