import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPart } from './part.ts';
import type { PodmanLab } from './podman-lab.ts';

export const HELPER = 'localhost/slipway-test-helper:1';

const PROGRAMS = 'bash sh cat chmod chown cp env find git grep id ls mkdir mv rm rmdir sed touch true uname'.split(' ');
const GIT = ['git', 'git-remote-http'];
/** What the image of GitLab has for the scripts of its helper. */
export const BUILD = '#!/bin/bash\numask 0000\nexec /bin/bash\n';

/** Makes the image that gitlab-runner fetches sources and uploads artifacts in, of programs of this machine. */
export function makeHelperImage({ folder, podman }: PodmanLab, helper: string): void {
  const root = join(folder, 'helper');
  for (const name of PROGRAMS) install(root, realpathSync(findPart(name) ?? `/bin/${name}`), `bin/${name}`);
  const core = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();
  for (const name of GIT) install(root, realpathSync(join(core, name)), join(core, name));
  symlinkSync('git-remote-http', join(root, core, 'git-remote-https'));
  copy(helper, join(root, 'usr/bin/gitlab-runner-helper'));
  writeFileSync(join(root, 'bin/gitlab-runner-build'), BUILD, { mode: 0o755 });
  for (const name of ['etc', 'tmp', 'root']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/bash\n');
  const tar = join(folder, 'helper.tar');
  execFileSync('tar', ['--owner=0', '--group=0', '-C', root, '-cf', tar, '.']);
  podman('import', tar, HELPER);
  for (const path of [root, tar]) rmSync(path, { recursive: true });
}

function install(root: string, from: string, to: string): void {
  const text = execFileSync('sh', ['-c', 'ldd "$1" || :', 'sh', from], { encoding: 'utf8' });
  for (const file of text.match(/\/\S+/g) ?? []) copy(file, join(root, file));
  copy(from, join(root, to));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { dereference: true });
}
