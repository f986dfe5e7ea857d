import { readFileSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { main } from '../src/cli/index.ts';
import { readServerConfiguration, readStackPolicy } from '../src/coordinator/index.ts';
import { writeLockfile } from '../src/spack/index.ts';
import { collectedTerminal } from './support/collected-terminal.ts';
import { gitRemote } from './support/git-remote.ts';
import { signedMirror } from './support/signed-mirror.ts';

const docs = new URL('../docs/', import.meta.url);
const folder = new URL('guides/', docs);

interface Block {
  readonly guide: string;
  readonly file: string;
  readonly text: string;
}

/** The YAML blocks of a page whose first line names their file. */
function blocksOf(guide: string): readonly Block[] {
  const markdown = readFileSync(new URL(guide, docs), 'utf8');
  return [...markdown.matchAll(/^( *)```yaml\n( *# (slipway(?:\.server)?\.yaml)\n[\s\S]*?)^ *```$/gm)].map(
    ([, indent = '', text = '', file = '']) => ({
      guide,
      file,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

const blocks = readdirSync(docs, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .flatMap(blocksOf);

describe('the guides', () => {
  test('show configuration', () => {
    expect(blocks.filter(({ guide }) => guide === 'guides/github.md')).toHaveLength(5);
  });

  test.each(blocks)('$guide shows a $file that can be used as it stands', ({ file, text }) => {
    const read = file === 'slipway.yaml' ? readStackPolicy(text) : readServerConfiguration(text, file);
    expect(read.diagnostics).toEqual([]);
  });
});

describe('the guide on keeping a mirror in order', () => {
  const rows = readFileSync(new URL('operations/mirror-care.md', docs), 'utf8').matchAll(
    /^\| [^|]+ \| (`slipway mirror.*) \|$/gm,
  );
  const commands = [...rows].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(?:slipway mirror )?([^`]+)`/g)].map(([, words = '']) => words),
  );

  test('shows commands that work on a signed mirror, in their order', async () => {
    expect(commands.length).toBeGreaterThan(10);
    const lab = await signedMirror();
    const remote = await gitRemote();
    onTestFinished(() => remote.dispose());
    const lock = writeLockfile({ ...lab.lock, roots: [] });
    await remote.commit('refs/heads/main', { 'spack.lock': lock });
    await remote.commit('refs/heads/releases/1', { 'other/spack.lock': lock });
    await writeFile(join(remote.path, 'public.key'), lab.signer.publicKey);
    await writeFile(join(remote.path, 'spack.lock'), lock);
    const values: Record<string, string> = { URL: lab.folder, FROM: lab.folder, TO: 'copy', HASH: lab.tide.hash };
    const today = new Date().toISOString().slice(0, 10);
    for (const command of commands.filter((one) => !one.startsWith('--'))) {
      const shown = command.replaceAll('2026-01-31', today).replaceAll("'", '').split(' ');
      const words = shown.map((word) => values[word] ?? word);
      const { terminal, stderr } = collectedTerminal();
      const context = { env: {}, cwd: remote.path, terminal, signal: new AbortController().signal };
      expect({ command, exitCode: await main(['mirror', ...words], context), stderr: stderr() }).toMatchObject({
        command,
        exitCode: 0,
      });
    }
  });
});

describe('the guide on the tutorial container', () => {
  const text = readFileSync(new URL('tutorial-container.md', folder), 'utf8');
  const rows = text.split('\n').filter((line) => /^\|.*\.test\.ts`/.test(line));
  const named = rows.flatMap((row) =>
    [...row.matchAll(/`([\w/.-]+\.test\.ts)` “([^”]+)”/g)].map(([, ...pair]) => pair),
  );

  test('names a test for every promise', () => {
    expect(rows.length).toBeGreaterThan(30);
    for (const row of rows) expect(row).toMatch(/^\| .+ \| .+ \| (?:`[\w/.-]+` “[^”]+”(?:<br>)?)+ \|$/);
    expect(named.length).toBeGreaterThanOrEqual(rows.length);
  });

  test.each([...new Map(named.map((pair) => [pair.join(' '), pair])).values()])('%s has “%s”', (file, name) => {
    const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    const quoted = [`'${name}'`, `"${name}"`].some((one) => source.includes(one));
    expect(quoted, `${file} has a test of that name`).toBe(true);
  });
});
