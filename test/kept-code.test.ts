import { spawnSync } from 'node:child_process';
import { chmod, copyFile, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { beforeEach, describe, expect, test } from 'vitest';
import { asFunction, bundle } from '../scripts/build.ts';
import { temporaryFolder } from './support/mirror-package.ts';

const ourRunner = fileURLToPath(new URL('../bin/kept-code.js', import.meta.url));
const suffix = `.${process.version}-${process.arch}-${cachedDataVersionTag()}.code`;

let folder: string;
let program: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  program = join(folder, 'program.cjs');
});

async function write(text: string): Promise<void> {
  await writeFile(program, asFunction(text));
}

interface Run {
  readonly keep?: boolean;
  readonly user?: number;
  readonly runner?: string;
  /** Of Node. */
  readonly flags?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

function run({ keep = true, user, runner = ourRunner, flags = [], variables = {} }: Run = {}): {
  status: number | null;
  stdout: string;
  stderr: string;
} {
  const code = `require(${JSON.stringify(runner)}).runKept(${JSON.stringify(program)}, { keep: ${keep} })`;
  // The flags that Node has here would be settings of V8, too.
  const env = { ...process.env, NODE_OPTIONS: '', ...variables };
  const options = { env, ...(user === undefined ? {} : { uid: user, gid: user }) };
  const words = [...flags, '-e', code];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', ...options });
  return { status, stdout, stderr };
}

const says = (word: string) =>
  `const said = (text) => console.log(text, require('node:path').basename(__filename)); said('${word}');`;

describe('a bundled program', () => {
  test('runs the same with and without kept code, which it leaves beside it', async () => {
    await write(says('one'));
    const expected = { status: 0, stdout: 'one program.cjs\n', stderr: '' };
    expect(run()).toEqual(expected);
    expect((await readdir(folder)).toSorted()).toEqual(['program.cjs', `program.cjs${suffix}`]);
    const kept = await readFile(program + suffix);
    expect(run()).toEqual(expected);
    expect((await readFile(program + suffix)).equals(kept)).toBe(true);
  });

  test('adds what later runs compile, once in a while', async () => {
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

  test('never runs the kept code of another text, be it as long as its own', async () => {
    await write(says('one'));
    run();
    await write(says('two'));
    expect(run().stdout).toBe('two program.cjs\n');
    expect(run().stdout).toBe('two program.cjs\n');
  });

  test('is kept apart for each of V8’s settings, so that those who share a folder do not write it in turn', async () => {
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
  ])('does without kept code that is %s, and makes it anew', async (_case, harm) => {
    await write(says('one'));
    run();
    const kept = await readFile(program + suffix);
    await writeFile(program + suffix, harm(kept));
    expect(run()).toMatchObject({ status: 0, stdout: 'one program.cjs\n' });
    expect((await readFile(program + suffix)).length).toBe(kept.length);
  });

  test('keeps nothing of a run that failed, or is told not to', async () => {
    await write('process.exitCode = 3;');
    expect(run().status).toBe(3);
    await write(says('one'));
    run({ keep: false });
    expect(await readdir(folder)).toEqual(['program.cjs']);
  });

  test.skipIf(process.getuid?.() !== 0)('runs where it may not write', async () => {
    await write(says('one'));
    // The checkout may be one that only its owner reads.
    const elsewhere = await temporaryFolder();
    const runner = join(elsewhere, 'kept-code.js');
    await copyFile(ourRunner, runner);
    for (const one of [folder, elsewhere]) await chmod(one, 0o755);
    expect(run({ user: 65_534, runner })).toEqual({ status: 0, stdout: 'one program.cjs\n', stderr: '' });
    expect(await readdir(folder)).toEqual(['program.cjs']);
  });

  test('of ours uses no `import()`, which kept code could not do', async () => {
    const names = ['generate.cjs', 'rebuild.cjs'];
    const written = await bundle(await temporaryFolder());
    const programs = written.filter((path) => names.includes(basename(path)));
    expect(programs).toHaveLength(names.length);
    for (const path of programs) expect(await readFile(path, 'utf8')).not.toMatch(/(?<![\w.$])import\(/);
  });
});
