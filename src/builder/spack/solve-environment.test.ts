import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { temporaryFolder, tinyNode } from '../../../test/support/mirror-package.ts';
import { orderedLock, writeLockfile, type Lockfile, type SpecNode } from '../../spack/index.ts';
import { spackBuilder } from './spack-builder.ts';

const tide = tinyNode('tide', '1.0', []);
const gauge = tinyNode('gauge', '2.1', [tide]);
const harbor = tinyNode('harbor', '1.0', [tide]);
const nodes = { tide, gauge, harbor };
type Name = keyof typeof nodes;

function lockOf(names: readonly Name[]): Lockfile {
  const roots = names.map((name) => ({ hash: nodes[name].hash, spec: name }));
  const needed: readonly SpecNode[] = [...new Set([...names.map((name) => nodes[name]), tide])];
  const found = new Map(needed.map((node) => [node.hash, node]));
  return orderedLock({ lockfileVersion: 6, specfileVersion: 5, spack: { version: '1.0' }, roots, nodes: found });
}

let folder: string;
let stack: string;
let lines: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  stack = join(folder, 'stack');
  lines = [];
  await mkdir(stack);
});

interface Answers {
  /** What Spack says about the roots of the environment. */
  readonly isIndependent?: boolean;
  /** The roots that it is expected to solve, in whose lock it ends. */
  readonly solves?: readonly Name[];
  /** The lock to begin with. */
  readonly base?: Lockfile;
}

/** Locks an environment of these roots; returns the lock, the environment that Spack saw, and its commands. */
async function lock(
  roots: readonly Name[],
  { isIndependent = true, solves = roots, base }: Answers,
  more: object = {},
) {
  const spack = { specs: roots, concretizer: { reuse: false }, packages: { all: {} }, ...more };
  await writeFile(join(stack, 'spack.yaml'), JSON.stringify({ spack }));
  const listed = JSON.stringify({ roots, isIndependent, jobs: 1 });
  const seen = join(folder, 'seen.yaml');
  const made = writeLockfile(lockOf(solves));
  const concretize = `cp "$env/spack.yaml" '${seen}'; cp "$env/spack.lock" '${seen}.lock'; cat > "$env/spack.lock" <<'END'
${made}
END`;
  const commands = { config: "echo '- compiler:'", python: `echo '${listed}' > "$2"`, concretize };
  const { env } = await fakeSpack(folder, { commands });
  await writeFile(join(folder, 'calls'), '');
  await writeFile(seen, '');
  lines = [];
  const mirrors = async () => ({ variables: [], state: 'the same' });
  const builder = spackBuilder({ env, cacheFolder: join(folder, 'cache'), log: (line) => lines.push(line), mirrors });
  const result = await builder.lock({ environment: stack, base });
  const calls = (await readFile(join(folder, 'calls'), 'utf8'))
    .split('\n')
    .filter((call) => call.startsWith('concretize'));
  const view = parse(await readFile(seen, 'utf8')) as { spack: Record<string, unknown> } | null;
  return { result, calls, specs: view?.spack['specs'] };
}

describe('roots that are independent of each other', () => {
  test('are solved once: of an environment with one more root, only that one is', async () => {
    await lock(['gauge', 'tide'], {});
    const { result, calls, specs } = await lock(['harbor', 'gauge'], { solves: ['harbor'] });
    expect(specs).toEqual(['harbor']);
    expect(calls).toEqual(['concretize']);
    expect(writeLockfile(result)).toBe(writeLockfile(lockOf(['harbor', 'gauge'])));
    expect(lines).toContain('Keeps 1 of 2 roots: nothing that decides them has changed');
  });

  test('need no Spack at all where only the order, comments or sections for jobs have changed', async () => {
    await lock(['gauge', 'harbor'], {});
    const { result, calls } = await lock(['harbor'], { solves: [] }, { ci: { 'pipeline-gen': [] }, view: true });
    expect(calls).toEqual([]);
    expect(writeLockfile(result)).toBe(writeLockfile(lockOf(['harbor'])));
  });

  test('are solved again where the configuration has changed', async () => {
    await lock(['gauge', 'harbor'], {});
    const { specs } = await lock(['gauge', 'harbor'], {}, { packages: { all: { target: ['x86_64'] } } });
    expect(specs).toEqual(['gauge', 'harbor']);
  });

  test('are as often in the lock as in the environment', async () => {
    const { result } = await lock(['gauge', 'gauge'], { solves: ['gauge'] });
    expect(result.roots).toHaveLength(2);
  });

  test('are solved by no more processes than Spack would start', async () => {
    const { calls } = await lock(['gauge', 'harbor'], {});
    expect(calls).toEqual(['concretize --jobs 1']);
    expect(lines.join('\n')).toMatch(
      /Runs at most 1 solvers at once for 2 roots: 1 by cores and config:build_jobs; .* GB/,
    );
  });

  test('are all solved where Spack does not name the unknown ones as it lists them', async () => {
    await lock(['gauge', 'tide'], {});
    const { specs, calls } = await lock(['gauge', 'harbor'], { solves: ['gauge'] });
    expect(specs).toEqual(['gauge', 'harbor']);
    expect(calls).toHaveLength(2);
  });

  test('are left to Spack where the stack has a lock: it keeps the roots of that', async () => {
    await lock(['gauge', 'harbor'], {});
    await writeFile(join(stack, 'spack.lock'), writeLockfile(lockOf(['gauge'])));
    const { specs } = await lock(['gauge', 'harbor'], {});
    expect(specs).toEqual(['gauge', 'harbor']);
    expect(await readFile(join(folder, 'seen.yaml.lock'), 'utf8')).toBe(writeLockfile(lockOf(['gauge'])));
  });
});

test('a lock to begin with is given to Spack, and is one of the things that decide the new lock', async () => {
  const base = lockOf(['gauge']);
  await lock(['gauge', 'harbor'], {});
  const { specs, calls } = await lock(['gauge', 'harbor'], { base });
  expect(specs).toEqual(['gauge', 'harbor']);
  expect(calls).toHaveLength(1);
  expect(await readFile(join(folder, 'seen.yaml.lock'), 'utf8')).toBe(writeLockfile(base));
  expect((await lock(['gauge', 'harbor'], { base })).calls).toEqual([]);
  expect((await lock(['gauge', 'harbor'], { base: lockOf(['harbor']) })).calls).toHaveLength(1);
});

test('roots that Spack unifies are solved together each time', async () => {
  await lock(['gauge', 'tide'], { isIndependent: false });
  const { specs, calls } = await lock(['gauge', 'harbor'], { isIndependent: false });
  expect(specs).toEqual(['gauge', 'harbor']);
  expect(calls).toEqual(['concretize']);
});
