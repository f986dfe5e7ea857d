import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PodmanLab } from './podman-lab.ts';

/** An image without programs, for jobs into which the runner mounts those of this machine. */
export const MACHINE = 'localhost/slipway-test-machine:1';

/**
 * Makes the image, and returns the volumes with what jobs need to build packages, and with further folders. `/usr/bin`
 * is a link: the helper gets the same volumes, and has its program there.
 */
export function makeMachineImage({ folder, podman }: PodmanLab, folders: readonly string[]): readonly string[] {
  const root = join(folder, 'machine');
  for (const path of ['usr', 'opt/machine', 'etc', 'tmp', 'root']) mkdirSync(join(root, path), { recursive: true });
  symlinkSync('/opt/machine/bin', join(root, 'usr/bin'));
  // The compiler looks for its parts beside the folder that the link leads to.
  for (const name of ['lib', 'libexec']) symlinkSync(`/usr/${name}`, join(root, 'opt/machine', name));
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(readlinkSync(`/${name}`), join(root, name));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/bash\n');
  const tar = join(folder, 'machine.tar');
  execFileSync('tar', ['--owner=0', '--group=0', '-C', root, '-cf', tar, '.']);
  podman('import', tar, MACHINE);
  for (const path of [root, tar]) rmSync(path, { recursive: true });
  const parts = readdirSync('/usr').filter((name) => name !== 'bin' && lstatSync(`/usr/${name}`).isDirectory());
  const mounted = [...parts.map((name) => `/usr/${name}`), '/etc/alternatives', ...folders];
  return ['/usr/bin:/opt/machine/bin:ro', ...mounted.map((path) => `${path}:${path}:ro`)];
}
