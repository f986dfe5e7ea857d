import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { prefixMap } from '../../src/mirror/relocation/prefix-map.ts';
import { relocateStrings } from '../../src/mirror/relocation/relocate-strings.ts';
import { relocateText } from '../../src/mirror/relocation/relocate-text.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { fileTree } from '../support/file-tree.ts';
import { relocationCases } from '../support/relocation-cases.ts';
import { findSpacks, installedPrefix, readyToBuild, spackLab, type SpackLab } from '../support/spack-lab.ts';

const run = promisify(execFile);
const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);

/**
 * What differs between a package that Spack installed from a mirror and one that we did, at the same prefix: Spack adds
 * how long that took it, its sbang is another program, and its folder is open to the group that has the tree
 * (set-group-id).
 */
const differences = /\/\.spack\/install_times\.json$|^bin\/sbang$/;
const withoutGroup = (shown: string | undefined) => shown?.replace(/^folder 2755$/, 'folder 755');

describe.each(spacks)('Spack $version', ({ root: spackRoot }) => {
  let folder: string;
  let builder: SpackLab;
  const place = (name: string) => join(folder, name);
  const mirror = () => `file://${place('mirror')}`;

  const reader = async (name: string, store: string, more: { paddedLength?: number } = {}) => {
    const lab = await spackLab({ root: spackRoot, folder: place(name), store, like: place('built'), ...more });
    await lab.configure('mirrors.yaml', JSON.stringify({ mirrors: { ours: { url: mirror(), signed: false } } }));
    return lab;
  };
  const slipway = async (...words: string[]) => {
    const { terminal, stdout, stderr } = collectedTerminal();
    const all = ['mirror', 'install', ...words, '--mirror', mirror(), '--unsigned'];
    const signal = new AbortController().signal;
    const exitCode = await main(all, { env: { PATH: process.env.PATH ?? '' }, cwd: folder, terminal, signal });
    return { exitCode, stdout: stdout(), stderr: stderr() };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-move-'));
    builder = await spackLab({ root: spackRoot, folder: place('built'), store: place('built/s'), paddedLength: 180 });
    await builder.spack('install', 'harbor');
    await builder.spack('buildcache', 'push', '--unsigned', '--update-index', mirror(), 'harbor');
    await rm(place('built/s'), { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each([
    ['shorter than the padding', 's'],
    ['too long for first lines of scripts', `store-${'long-'.repeat(7)}name`],
  ])('a padded entry comes out of both of us the same, byte for byte, at a prefix %s', async (_, name) => {
    const store = place(name);
    const lab = await reader(`reader-${name}`, store);
    await lab.spack('install', '--cache-only', 'harbor');
    const theirs = await fileTree(store);
    const prefix = (await installedPrefix(store, 'harbor')) as string;
    await rename(store, place(`theirs-${name}`));
    const { exitCode, stdout, stderr } = await slipway('harbor', '--root', store);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(prefix);
    const ours = await fileTree(store);
    const paths = [...theirs.keys()].filter((path) => !path.startsWith('.spack-db') && !differences.test(path));
    expect(paths.length).toBeGreaterThan(30);
    expect([...ours.keys()].filter((path) => !differences.test(path))).toEqual(paths);
    for (const path of paths) expect(ours.get(path), path).toBe(withoutGroup(theirs.get(path)));
    const said = async (program: string) => (await run(join(prefix, program))).stdout.trimEnd().split('\n');
    const plain = (text: string | undefined) => text?.replace(/^\/+/, '/');
    const tide = (await installedPrefix(store, 'tide')) as string;
    expect((await said('bin/harbor')).map(plain)).toEqual([
      prefix,
      `${prefix}/share`,
      expect.stringMatching(/\/gauge-2\.1-\w+\/bin:/),
      tide,
    ]);
    for (const path of ['bin/ask', 'bin/tell', 'share/near', 'share/other'])
      expect((await said(path)).map(plain), path).toEqual([tide]);
    expect(await said('bin/call')).toEqual(await said('bin/harbor'));
    await rm(store, { recursive: true });
  });

  test('the package alone goes to a prefix of its own, and works there', async () => {
    const prefix = place('apps/harbor');
    expect(await slipway('harbor@3', '--prefix', prefix, '--root', place('deps'))).toMatchObject({ exitCode: 0 });
    expect((await run(join(prefix, 'bin/harbor'))).stdout.split('\n')[0]?.replace(/^\/+/, '/')).toBe(prefix);
    const pc = await readFile(join(prefix, 'share/harbor.pc'), 'utf8');
    expect(pc).toContain(`prefix=${prefix}\nLibs: -L${place('deps')}/`);
    expect(await slipway('harbor', '--prefix', prefix, '--root', place('deps'))).toMatchObject({
      stdout: expect.stringMatching(/^was there {2}harbor@3\.0/),
    });
  });

  test('both refuse a prefix for which a program has no room, and nothing is left there', async () => {
    const lab = await reader('reader-long', place('too-long'), { paddedLength: 200 });
    const { failed, output } = await lab.trySpack('install', '--cache-only', 'harbor');
    expect({ failed, output }).toMatchObject({ failed: true, output: expect.stringMatching(/new prefix is longer/) });
    expect(await installedPrefix(place('too-long'), 'harbor')).toBeUndefined();
    await rm(place('too-long'), { recursive: true });
    const root = place(`too-long/${'__spack_path_placeholder__/'.repeat(6)}`);
    expect(await slipway('harbor', '--root', root)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/room for \d+ characters.*\[MIRROR_RELOCATION_REFUSED\]/),
    });
    expect(await readdir(folder)).not.toContain('too-long');
  });

  test('texts and strings of all kinds are moved, or refused, as its own functions do', async () => {
    const cases = relocationCases(3000);
    await writeFile(place('cases.json'), JSON.stringify(cases));
    await writeFile(place('ask.py'), askSpack);
    await builder.spack('python', place('ask.py'), place('cases.json'), place('answers.json'));
    const answers = JSON.parse(await readFile(place('answers.json'), 'utf8')) as (string | null)[][];
    const ours = cases.map(({ bytes, map }) => {
      const [text, strings] = [Buffer.from(bytes, 'hex'), Buffer.from(bytes, 'hex')];
      const moved = relocateText(text, prefixMap(map)) ?? text;
      const isRefused = typeof relocateStrings(strings, prefixMap(map)) === 'object';
      return [moved.toString('hex'), isRefused ? null : strings.toString('hex')];
    });
    expect(answers.filter(([, strings]) => strings === null).length).toBeGreaterThan(50);
    expect(ours).toEqual(answers);
  });
});

const askSpack = `
import io, json, sys
from spack.relocate_text import BinaryFilePrefixReplacer, BinaryTextReplaceError, TextFilePrefixReplacer

def moved(replacer, data):
    file = io.BytesIO(data)
    try:
        replacer.apply_to_file(file)
    except BinaryTextReplaceError:
        return None
    return file.getvalue().hex()

answers = []
for case in json.load(open(sys.argv[1])):
    pairs = {a.encode(): b.encode() for a, b in case["map"]}
    data = bytes.fromhex(case["bytes"])
    answers.append([moved(TextFilePrefixReplacer(pairs), data), moved(BinaryFilePrefixReplacer(pairs), data)])
json.dump(answers, open(sys.argv[2], "w"))
`;
