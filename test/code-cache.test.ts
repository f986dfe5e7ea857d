import { spawnSync } from 'node:child_process';
import { chmod, copyFile, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as nodeModule from 'node:module';
import { cachedDataVersionTag } from 'node:v8';
import { beforeEach, describe, expect, test } from 'vitest';
import { bundle, withDigest } from '../scripts/build.ts';
import { temporaryFolder } from './support/mirror-package.ts';

const ourCache = fileURLToPath(new URL('../bin/code-cache.js', import.meta.url));
/** From version 22 on Node has a cache of its own, and names its files itself. */
const isNodesOwn = 'enableCompileCache' in nodeModule;
const suffix = `.${process.version}-${process.arch}-${cachedDataVersionTag()}.code`;

let folder: string;
let program: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  program = join(folder, 'program.cjs');
});

async function write(text: string): Promise<void> {
  await writeFile(program, withDigest(text));
}

interface Run {
  readonly isStored?: boolean;
  readonly user?: number;
  readonly cache?: string;
  /** Of Node. */
  readonly flags?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

function run({ isStored = true, user, cache = ourCache, flags = [], variables = {} }: Run = {}): {
  status: number | null;
  stdout: string;
  stderr: string;
} {
  const code = `require(${JSON.stringify(cache)}).runBundle(${JSON.stringify(program)}, { isStored: ${isStored} })`;
  // The flags that Node has here would be settings of V8, too.
  const env = { ...process.env, NODE_OPTIONS: '', ...variables };
  const options = { env, ...(user === undefined ? {} : { uid: user, gid: user }) };
  const words = [...flags, '-e', code];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', ...options });
  return { status, stdout, stderr };
}

const says = (word: string) =>
  `const said = (text) => console.log(text, require('node:path').basename(__filename)); said('${word}');`;

describe('a bundle', () => {
  test('runs the same with and without a cache, which it leaves beside itself', async () => {
    await write(says('one'));
    const expected = { status: 0, stdout: 'one program.cjs\n', stderr: '' };
    expect(run()).toEqual(expected);
    expect(await readdir(folder)).toHaveLength(2);
    expect(run()).toEqual(expected);
    expect(await readdir(folder)).toHaveLength(2);
  });

  test('never runs the cached bytecode of another text, be it as long as its own', async () => {
    await write(says('one'));
    run();
    await write(says('two'));
    expect(run().stdout).toBe('two program.cjs\n');
    expect(run().stdout).toBe('two program.cjs\n');
  });

  test('leaves no cache if that is switched off', async () => {
    await write(says('one'));
    expect(run({ isStored: false }).status).toBe(0);
    expect(await readdir(folder)).toEqual(['program.cjs']);
  });

  test.skipIf(process.getuid?.() !== 0)('runs where it may not write', async () => {
    await write(says('one'));
    // The checkout may be one that only its owner reads.
    const elsewhere = await temporaryFolder();
    const cache = join(elsewhere, 'code-cache.js');
    await copyFile(ourCache, cache);
    for (const one of [folder, elsewhere]) await chmod(one, 0o755);
    expect(run({ user: 65_534, cache })).toEqual({ status: 0, stdout: 'one program.cjs\n', stderr: '' });
    expect(await readdir(folder)).toEqual(['program.cjs']);
  });

  test('of ours uses no `import()`, which bytecode from a cache cannot do on Node 20', async () => {
    const names = ['generate.cjs', 'rebuild.cjs'];
    const { files } = await bundle(await temporaryFolder());
    const programs = files.filter((path) => names.includes(basename(path)));
    expect(programs).toHaveLength(names.length);
    for (const path of programs) expect(await readFile(path, 'utf8')).not.toMatch(/(?<![\w.$])import\(/);
  });
});

describe.skipIf(isNodesOwn)('the cache for Node 20', () => {
  test('has a name for each version of Node, and is not written again while it is fresh', async () => {
    await write(says('one'));
    const expected = { status: 0, stdout: 'one program.cjs\n', stderr: '' };
    expect(run()).toEqual(expected);
    expect((await readdir(folder)).toSorted()).toEqual(['program.cjs', `program.cjs${suffix}`]);
    const kept = await readFile(program + suffix);
    expect(run()).toEqual(expected);
    expect((await readFile(program + suffix)).equals(kept)).toBe(true);
  });

  test('gains what later runs compile, once in a while', async () => {
    const late = `const late = () => ${JSON.stringify('x'.repeat(5000))}.length;`;
    await write(`${late} if (process.env.LATE) console.log(late());`);
    run();
    const place = program + suffix;
    const use = { variables: { LATE: '1' } };
    const { size } = await stat(place);
    expect(run(use).stdout).toBe('5000\n');
    expect((await stat(place)).size).toBe(size);
    await utimes(place, new Date(), new Date(Date.now() - 3_600_000));
    expect(run(use).stdout).toBe('5000\n');
    expect((await stat(place)).size).toBeGreaterThan(size + 4000);
  });

  test('has a file for each of V8’s settings, so that those who share a folder do not replace each other’s', async () => {
    await write(says('one'));
    run();
    const kept = await readFile(program + suffix);
    run({ flags: ['--max-old-space-size=300'] });
    const names = (await readdir(folder)).filter((name) => name.endsWith('.code'));
    expect(names).toHaveLength(2);
    expect((await readFile(program + suffix)).equals(kept)).toBe(true);
    run({ flags: ['--max-old-space-size=300'] });
    expect((await readdir(folder)).filter((name) => name.endsWith('.code'))).toEqual(names);
  });

  test.each([
    ['torn', (kept: Buffer) => kept.subarray(0, kept.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['of another make', (kept: Buffer) => Buffer.concat([kept.subarray(0, 64), Buffer.alloc(500, 7)])],
  ])('is written again if it is %s', async (_case, harm) => {
    await write(says('one'));
    run();
    const kept = await readFile(program + suffix);
    await writeFile(program + suffix, harm(kept));
    expect(run()).toMatchObject({ status: 0, stdout: 'one program.cjs\n' });
    expect((await readFile(program + suffix)).length).toBe(kept.length);
  });

  test('is not written by a run that failed', async () => {
    await write('process.exitCode = 3;');
    expect(run().status).toBe(3);
    expect(await readdir(folder)).toEqual(['program.cjs']);
  });
});
