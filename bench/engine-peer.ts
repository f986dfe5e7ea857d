import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './engine-cost.ts';
import { measuredEnvironment } from './measure.ts';

const PEER = 'gitlab-ci-local@4.75.1';
/** It does not run on Node 20; npm's package `node` brings the program along. */
const NODE = 'node@22.23.3';
const ENOUGH = 300_000;

export interface Peer {
  /** `words`: arguments besides those that make it comparable. */
  run(folder: string, options: { readonly isInPlace: boolean; readonly words?: readonly string[] }): Program;
}

/** Installs `gitlab-ci-local` into a folder; a sentence saying why not, where that cannot be. */
export function installPeer(folder: string): Peer | string {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  try {
    const words = ['install', '--no-audit', '--no-fund', '--foreground-scripts', PEER, NODE];
    execFileSync('npm', words, { cwd: folder, stdio: 'ignore', timeout: ENOUGH });
  } catch {
    return `${PEER}: npm could not install it here`;
  }
  const node = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(node)) return `${PEER}: the package ${NODE} brought no program`;
  const programs = findRsync(folder);
  if (programs === undefined) return `${PEER}: it needs rsync, which is not on this machine`;
  const environment = { ...measuredEnvironment(), PATH: `${programs}:${process.env.PATH ?? ''}`, HOME: folder };
  const program = join(folder, 'node_modules', '.bin', 'gitlab-ci-local');
  return {
    run: (workingCopy, { isInPlace, words = [] }) => ({
      file: node,
      words: [program, '--concurrency', '2', ...(isInPlace ? [] : ['--shell-isolation']), ...words],
      folder: workingCopy,
      environment,
    }),
  };
}

/** The folder of rsync: on the PATH, or out of Debian's package, which is unpacked and not installed. */
function findRsync(folder: string): string | undefined {
  try {
    execFileSync('rsync', ['--version'], { stdio: 'ignore' });
    return '/usr/bin';
  } catch {
    return unpackRsync(folder);
  }
}

/** What Debian's rsync needs besides what is on every machine. */
const PACKAGES = ['rsync', 'libpopt0', 'libxxhash0'];

function unpackRsync(folder: string): string | undefined {
  const root = join(folder, 'rsync');
  const programs = join(root, 'programs');
  try {
    execFileSync('apt-get', ['download', ...PACKAGES], { cwd: folder, stdio: 'ignore', timeout: ENOUGH });
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb')))
      execFileSync('dpkg', ['-x', file, root], { cwd: folder, stdio: 'ignore' });
    const libraries = readdirSync(join(root, 'usr', 'lib')).map((name) => join(root, 'usr', 'lib', name));
    const script = `#!/bin/sh\nLD_LIBRARY_PATH='${libraries.join(':')}' exec '${root}/usr/bin/rsync' "$@"\n`;
    mkdirSync(programs);
    writeFileSync(join(programs, 'rsync'), script, { mode: 0o755 });
    execFileSync(join(programs, 'rsync'), ['--version'], { stdio: 'ignore' });
    return programs;
  } catch {
    return undefined;
  }
}
