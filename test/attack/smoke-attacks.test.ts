import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { SYSTEM_PATH, findProgram } from '../../src/kit/index.ts';
import { publishSystem } from '../support/system-base.ts';
import type { Attacker } from './attack.ts';
import { attackedLab, hasLeft, type AttackedLab } from './attacked-lab.ts';
import { jobAttacks } from './job-attacks.ts';

const MAIN = 'refs/heads/main';
const names = ['cat', 'curl', 'dirname', 'env', 'find', 'grep', 'mkdir', 'setsid', 'sleep', 'tr'];
const programs = await Promise.all(names.map((name) => findProgram(name, SYSTEM_PATH)));
const hasPrograms = programs.every((one) => one !== undefined);
if (!hasPrograms) process.stderr.write(`skipped: attacks by smoke tests need ${names.join(', ')}\n`);

interface Case {
  readonly by: Attacker | 'control run';
  readonly ref: string;
  readonly expected: boolean;
}

/** Smoke tests run without a sandbox only where none works, so the control run needs a machine without one. */
const cases: readonly Case[] = (await sandboxAvailable())
  ? [
      { by: 'smoke test of a pull request', ref: 'refs/heads/team', expected: false },
      { by: 'smoke test of a protected branch', ref: MAIN, expected: false },
    ]
  : [{ by: 'control run', ref: MAIN, expected: true }];

const attacks = jobAttacks.filter(({ needsToken }) => needsToken !== true);
const recipe = 'name: gauge\nversion: "1.0"\ninstall: mkdir -p "$PREFIX" && echo 7 > "$PREFIX/gauge"\n';
const shell = (script: string) => ['/bin/sh', '-c', script];

describe.skipIf(!hasPrograms).each(cases)('a $by', ({ ref, expected }) => {
  let attacked: AttackedLab;
  const succeeded = new Map<string, boolean>();

  beforeAll(async () => {
    attacked = await attackedLab(expected ? 'never' : 'always');
    const { lab, targets } = attacked;
    const { status } = await lab.finished(await pushImage());
    expect(status, await lab.remains()).toBe('success');
    const { ledger } = lab.server.coordinator.context;
    const publication = await lab.until(() => ledger.publications('lab').find(({ state }) => state !== 'waiting'));
    // The last command of the smoke test fails with the list of the attacks whose scripts succeeded.
    const listed = /Its output was: attacks:((?: \d+;)*) end/.exec(publication.message ?? '')?.[1];
    expect(listed, publication.message).toBeDefined();
    for (const [index, attack] of attacks.entries())
      succeeded.set(attack.what, hasLeft(attack, targets) && (listed ?? '').includes(` ${index};`));
  });
  afterAll(() => attacked.close());

  async function pushImage(): Promise<string> {
    const { lab, targets } = attacked;
    await publishSystem(lab.server.folder.images, ['/bin/sh', ...(programs as string[])]);
    const attempts = attacks.map((attack, index) => {
      const script = (attack.control ?? attack.script)(targets);
      return shell(`(${script}) && printf ' ${index};' >> succeeded; true`);
    });
    // Each program must start: an attack that lacks one would fail whatever protects the server.
    const starts = names.map((name) => `${name} --version`);
    const commands = [
      shell(`(${starts.join(' && ')}) > /dev/null && printf attacks: > succeeded`),
      ...attempts,
      shell('cat succeeded; echo " end"; exit 1'),
    ];
    const image = {
      repository: 'lab/stack',
      base: `${new URL(targets.url).host}/lab/base:1`,
      smoke: { commands, libraries: false },
      rules: [ref === MAIN ? { branch: 'main', tag: 'latest' } : { pullRequests: true }],
    };
    const files = {
      'spack.yaml': 'spack:\n  specs: [gauge]\n  view: false\n',
      'recipes/gauge.yaml': recipe,
      'slipway.yaml': JSON.stringify({ images: [image] }),
    };
    const merged = await lab.remote.commit(MAIN, files);
    lab.server.wake('lab');
    if (ref === MAIN) return merged;
    // The rules are read from the base; what the smoke test tries comes from the pull request.
    const head = await lab.remote.commit(ref, { 'recipes/gauge.yaml': recipe.replace('7', '8') }, MAIN);
    lab.server.wake('lab');
    return head;
  }

  const named = attacks.map(({ threat, what }) => [threat, what] as const);
  test.each(named)(`%s: ${expected ? '' : 'never '}%s`, (_threat, what) => {
    expect(succeeded.get(what)).toBe(expected);
  });
});
