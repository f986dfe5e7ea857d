import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runInvocation } from '../../src/builder/run-invocation.ts';
import { Jobserver } from '../../src/executor/index.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { findPart } from '../support/part.ts';

const parts = { make: findPart('make'), ninja: findPart('ninja') };
const TOKENS = 3;
const targets = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
/** Records how many commands run at once; the first ones wait until as many run as may. */
const command = (name: string) =>
  `: >run.${name}; echo run.* | wc -w >>counts; ` +
  `until test -e all; do test $(echo run.* | wc -w) -lt ${TOKENS} || : >all; sleep 0.05; done; rm run.${name}`;

const files = {
  Makefile: `all: ${targets.join(' ')}\n${targets.map((name) => `${name}:\n\t@${command(name).replaceAll('$', '$$$$')}\n`).join('')}`,
  'build.ninja': targets
    .map((name) => `rule ${name}\n  command = ${command(name).replaceAll('$', '$$$$')}\nbuild ${name}: ${name}\n`)
    .join(''),
};

const isAtLeast = (version: string, least: string) => version.localeCompare(least, 'en', { numeric: true }) >= 0;

/** Returns the version of a program, as `4.4.1`. */
function versionOf(program: string): string {
  const output = execFileSync(program, ['--version'], { encoding: 'utf8' });
  return /(\d+\.\d[\d.]*\d|\d+\.\d+)/.exec(output)?.[1] ?? '';
}

/** Runs a program as a step of a build, with a jobserver that gives it as many processes as there are tokens. */
async function countsOf(program: 'make' | 'ninja'): Promise<readonly number[]> {
  const folder = await temporaryFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, path] of Object.entries(parts)) if (path !== undefined) symlinkSync(path, join(bin, name));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const pipe = join(folder, 'tokens');
  execFileSync('mkfifo', [pipe]);
  const leave = new Jobserver({ tokens: TOKENS }).join('protected', pipe);
  const lines: string[] = [];
  const environment = { PATH: `${bin}:${process.env.PATH}` };
  const step = { environment, workFolder: folder, jobserver: pipe, onLine: (line: string) => void lines.push(line) };
  const { code } = await runInvocation({ program, args: [] }, step).finally(leave);
  expect({ code, warnings: lines.filter((line) => /warning/i.test(line)) }).toEqual({ code: 0, warnings: [] });
  return readFileSync(join(folder, 'counts'), 'utf8').trim().split('\n').map(Number);
}

const version = { make: parts.make && versionOf(parts.make), ninja: parts.ninja && versionOf(parts.ninja) };
const makeReadsPipes = version.make !== undefined && isAtLeast(version.make, '4.4');
const ninjaTakesPart = makeReadsPipes && version.ninja !== undefined && isAtLeast(version.ninja, '1.13');
if (!makeReadsPipes) process.stderr.write('note: make is older than 4.4 and inherits the pipe of the jobserver\n');
if (!ninjaTakesPart) process.stderr.write('skipped: ninja takes part from version 1.13 on, with make 4.4 or newer\n');

describe.skipIf(version.make === undefined)(`make ${version.make}`, () => {
  test('runs as many commands at once as the jobserver allows', async () => {
    const counts = await countsOf('make');
    expect([counts.length, Math.max(...counts)]).toEqual([targets.length, TOKENS]);
  });
});

describe.skipIf(!ninjaTakesPart)(`ninja ${version.ninja}`, () => {
  test('runs as many commands at once as the jobserver allows', async () => {
    const counts = await countsOf('ninja');
    expect([counts.length, Math.max(...counts)]).toEqual([targets.length, TOKENS]);
  });
});
