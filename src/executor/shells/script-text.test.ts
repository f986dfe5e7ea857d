import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { scriptText } from './script-text.ts';

const parts = { isShown: false, isColoured: false, folder: '/', environment: {} };

test('an environment reaches the commands word for word, as far as a shell can name it', () => {
  const environment = { PLAIN: 'a b', QUOTED: `it's "$HOME"\n\`id\``, 'not-a-name': 'x', UID: '7' };
  const text = scriptText('sh', { ...parts, environment, commands: [`printf '%s|%s' "$PLAIN" "$QUOTED"`] });
  expect(execFileSync('sh', ['-c', text], { encoding: 'utf8' })).toBe(`a b|${environment.QUOTED}`);
});

test('variables that the shell must not have are gone', () => {
  const text = scriptText('sh', { ...parts, begun: { GONE: '1' }, commands: ['echo "<${GONE-none}>"'] });
  expect(execFileSync('sh', ['-c', text], { env: { GONE: '1' }, encoding: 'utf8' })).toBe('<none>\n');
});
