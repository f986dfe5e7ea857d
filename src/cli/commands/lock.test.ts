import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { readLockfile } from '../../spack/index.ts';
import { main } from '../main.ts';

const stack = {
  'spack.yaml': 'spack:\n  specs: [zoo, lion, park]\n',
  'recipes/lion.yaml': 'name: lion\nversion: "1"\ninstall: "true"\n',
  'recipes/zoo.yaml': 'name: zoo\nversion: "2"\ndepends: { link: [lion] }\ninstall: "true"\n',
  'recipes/park.yaml': 'name: park\nversion: "3"\ninstall: "true"\n',
};

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  for (const [name, text] of Object.entries(stack)) await write(name, text);
});

async function write(name: string, text: string): Promise<void> {
  await mkdir(join(folder, 'stack/recipes'), { recursive: true });
  await writeFile(join(folder, 'stack', name), text);
}

async function slipway(words: string, variables: Readonly<Record<string, string>> = {}) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const env = { SLIPWAY_CACHE: join(folder, 'cache'), SLIPWAY_MIRROR: join(folder, 'mirror'), ...variables };
  const context = { env, cwd: join(folder, 'stack'), terminal, signal: new AbortController().signal };
  const exitCode = await main(words.split(' '), context);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

const generated = (name: string) => readFile(join(folder, 'stack/jobs_scratch_dir/concrete_environment', name), 'utf8');
const part = (name: string) => join(folder, 'stack/jobs_scratch_dir/lock_parts', name);
const joining = 'generate --lock-parts jobs_scratch_dir/lock_parts';

describe('slipway lock', () => {
  test('locks shares that `slipway generate` joins to the lock of the whole environment', async () => {
    await slipway('generate');
    const [whole, inputs] = await Promise.all(['spack.lock', 'lock-inputs.json'].map(generated));
    const first = await slipway('lock', { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '2' });
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toMatch(/^zoo → zoo@2 \/\w{7}\npark → park@3 \/\w{7}\n$/);
    expect(first.stderr).toBe('Part 1 of 2 is in jobs_scratch_dir/lock_parts/1-of-2.json: 2 roots.\n');
    expect(await slipway('lock --part 2/2')).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await slipway(joining);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('Joined the lock of 2 parts, which have 3 roots.') as string,
    });
    const joined = readLockfile(await generated('spack.lock'), 'joined', { checkHashes: true });
    const expected = readLockfile(whole ?? '', 'whole');
    expect(joined.roots.toSorted((a, b) => (a.spec < b.spec ? -1 : 1))).toEqual(
      expected.roots.toSorted((a, b) => (a.spec < b.spec ? -1 : 1)),
    );
    expect(new Map(joined.nodes)).toEqual(new Map(expected.nodes));
    expect(await generated('lock-inputs.json')).toBe(inputs);
  });

  test('leaves a part without roots where there are more jobs than roots', async () => {
    for (const index of [1, 2, 3, 4, 5]) await slipway(`lock --part ${index}/5`);
    expect((await slipway(joining)).stderr).toContain('Joined the lock of 5 parts, which have 3 roots.');
    expect(readLockfile(await generated('spack.lock'), 'joined').nodes.size).toBe(3);
  });

  test.each(['0/2', '3/2', '1', '1/201', 'a/b'])('refuses %s as a part', async (text) => {
    expect(await slipway(`lock --part ${text}`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('It is not a part as in 2/4, of at most 200.') as string,
    });
  });
});

describe('slipway generate --lock-parts', () => {
  async function refused() {
    const { exitCode, stderr } = await slipway(joining);
    expect(exitCode).toBe(2);
    return stderr.replaceAll(folder, '');
  }

  test('refuses to go on without any part', async () => {
    expect(await refused()).toMatchInlineSnapshot(`
      "error: There are no parts of a lock in /stack/jobs_scratch_dir/lock_parts. [PACKAGE_JOB_LOCK_PARTS_NONE]
      hint: List the job that runs \`slipway lock\` in \`needs\` of this job, and its folder of parts in \`artifacts:paths\`.
      "
    `);
  });

  test('names the parts that are missing', async () => {
    await slipway('lock --part 2/4');
    expect(await refused()).toMatchInlineSnapshot(`
      "error: /stack/jobs_scratch_dir/lock_parts lacks these of the 4 parts of the lock: 1, 3, 4. [PACKAGE_JOB_LOCK_PARTS_MISSING]
      hint: List the job that runs \`slipway lock\` in \`needs\` of this job, and its folder of parts in \`artifacts:paths\`.
      "
    `);
  });

  test('refuses parts of different divisions', async () => {
    await slipway('lock --part 1/1');
    await slipway('lock --part 2/2');
    expect(await refused()).toMatchInlineSnapshot(`
      "error: The parts \`1-of-1.json\` and \`2-of-2.json\` of the lock in /stack/jobs_scratch_dir/lock_parts do not belong together. [PACKAGE_JOB_LOCK_PARTS_MIXED]
      hint: Remove the parts of earlier runs, and lock all parts with the same value of \`parallel\`.
      "
    `);
  });

  test('refuses a part of another commit, and names what differs', async () => {
    await slipway('lock --part 1/2');
    await write('recipes/park.yaml', stack['recipes/park.yaml'].replace('3', '4'));
    await slipway('lock --part 2/2');
    expect(await refused()).toMatchInlineSnapshot(`
      "error: Part 1 of 2 of the lock was made with other inputs than this job has: environment and recipes. [PACKAGE_JOB_LOCK_PART_FOREIGN]
      hint: Run the jobs that lock and the job that generates at one commit, in the same image, on the same kind of runner.
      "
    `);
    await slipway('lock --part 1/2');
    await write('recipes/park.yaml', stack['recipes/park.yaml']);
    expect(await refused()).toMatchInlineSnapshot(`
      "error: Part 1 of 2 of the lock was made with other inputs than this job has: environment and recipes. [PACKAGE_JOB_LOCK_PART_FOREIGN]
      hint: Run the jobs that lock and the job that generates at one commit, in the same image, on the same kind of runner.
      "
    `);
  });

  test('refuses a part that was edited', async () => {
    await slipway('lock --part 1/1');
    const text = await readFile(part('1-of-1.json'), 'utf8');
    await writeFile(part('1-of-1.json'), text.replaceAll('park', 'bark'));
    expect(await refused()).toMatchInlineSnapshot(`
      "error: Lock file /stack/jobs_scratch_dir/lock_parts/1-of-1.json names bark with hash g7s72hb4w6fuoueyerilqoxzdvb6shir, but its content has hash gdd2hlhfdwujxnz4xm7sqsffiqzu3ni3. [LOCK_HASH_MISMATCH]
      hint: The file was edited. Write it again with \`spack concretize -f\`.
      "
    `);
    await writeFile(part('1-of-1.json'), '{}');
    expect(await refused()).toMatchInlineSnapshot(`
      "error: \`/stack/jobs_scratch_dir/lock_parts/1-of-1.json\` is not a part of a lock: \`version\`: expected \`1\`; \`part\`: required, but missing; \`parts\`: required, but missing; and 2 more. [PACKAGE_JOB_LOCK_PART_INVALID]
      hint: Lock the parts and join them with the same version of Slipway.
      "
    `);
    await rm(part('1-of-1.json'));
    await writeFile(part('1-of-1.json'), text.replace('"part":1', '"part":2').replace('"parts":1', '"parts":2'));
    expect(await refused()).toMatchInlineSnapshot(`
      "error: \`/stack/jobs_scratch_dir/lock_parts/1-of-1.json\` is not a part of a lock: its content is that of \`2-of-2.json\`. [PACKAGE_JOB_LOCK_PART_INVALID]
      hint: Lock the parts and join them with the same version of Slipway.
      "
    `);
  });
});
