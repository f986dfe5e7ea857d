import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measuredEnvironment } from './measure.ts';

export const shapes = ['independent', 'chain', 'layered'] as const;
export type Shape = (typeof shapes)[number];

/**
 * Writes a pipeline whose jobs do nothing into a repository of its own: as `.gitlab-ci.yml`, and as files for make and
 * ninja that start the same shells.
 */
export function writePipelineOf(shape: Shape, count: number, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const needs = needsOf(shape, count);
  const yaml = needs.map((list, job) => {
    const line = shape === 'independent' ? '' : `  needs: [${list.map((need) => `j${need}`).join(', ')}]\n`;
    return `j${job}:\n  script: ["true"]\n${line}`;
  });
  const rules = needs.map((list, job) => `j${job}: ${list.map((need) => `j${need}`).join(' ')}\n\t@${shell}\n`);
  const all = `all: ${needs.map((_, job) => `j${job}`).join(' ')}\n`;
  const edges = needs.map((list, job) => `build j${job}: job ${list.map((need) => `j${need}`).join(' ')}\n`);
  writeFileSync(join(folder, '.gitlab-ci.yml'), yaml.join(''));
  writeFileSync(
    join(folder, 'build.ninja'),
    `rule job\n  command = exec bash -c "${shell.replaceAll('"', '\\"')}"\n${edges.join('')}`,
  );
  writeFileSync(join(folder, 'Makefile'), `SHELL = bash\n.SHELLFLAGS = -c\n${all}${rules.join('')}`);
  const git = (...words: readonly string[]) => execFileSync('git', ['-C', folder, ...words], { stdio: 'ignore' });
  git('init', '--quiet');
  git('remote', 'add', 'origin', 'https://example.org/lab/stack.git');
  git('add', '.');
  git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', 'commit', '--quiet', '-m', 'No-ops');
}

/** What the shell of each job does: say its command, and run it, with the first failure ending it. */
const shell = `cd . && set -eo pipefail; printf '%s\\n' '$$ true'; true`;

/** As many variables as a job has, so that make's shells carry what ours do. */
export function jobEnvironment(): Readonly<Record<string, string>> {
  const names = Array.from(
    { length: 60 },
    (_, index) => [`CI_VARIABLE_NUMBER_${index}`, 'a value of common length'] as const,
  );
  return { ...measuredEnvironment(), ...Object.fromEntries(names) } as Record<string, string>;
}

/**
 * For each job, those that it waits for. Layers are as wide as they are many; each job needs three of the layer before.
 */
function needsOf(shape: Shape, count: number): readonly (readonly number[])[] {
  const width = Math.ceil(Math.sqrt(count));
  const random = generator();
  return Array.from({ length: count }, (_, job) => {
    if (shape === 'independent' || job === 0) return [];
    if (shape === 'chain') return [job - 1];
    const before = (Math.floor(job / width) - 1) * width;
    return before < 0 ? [] : [...new Set([0, 1, 2].map(() => before + Math.floor(random() * width)))];
  });
}

/** The same numbers in every run. */
function generator(): () => number {
  let state = 1;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}
