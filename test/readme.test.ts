import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { commands } from '../src/cli/command-list.ts';
import { readServerConfiguration } from '../src/coordinator/index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  test('shows commands that there are', () => {
    const shown = [...readme.matchAll(/npx slipway ([a-z]\S*)/g)].map(([, name]) => name);
    expect(shown.length).toBeGreaterThanOrEqual(5);
    expect(shown.filter((shownName) => !commands.some(({ name }) => name === shownName))).toEqual([]);
  });

  test('shows scripts that there are', () => {
    const shown = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(shown).toContain('demo');
    expect(shown.filter((name) => !Object.hasOwn(manifest.scripts, name ?? ''))).toEqual([]);
  });

  test('shows a configuration that the server takes', () => {
    const [, text = ''] = /```yaml\n([^`]*)```/.exec(readme) ?? [];
    const { configuration, diagnostics } = readServerConfiguration(text, 'slipway.server.yaml');
    expect({ diagnostics, stacks: configuration?.stacks.length }).toEqual({ diagnostics: [], stacks: 1 });
  });
});
