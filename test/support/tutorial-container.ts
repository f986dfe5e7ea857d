import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { publishImage } from '../../src/image/index.ts';
import { registryClient } from '../../src/oci/index.ts';
import { localBase, readLocalBase } from './local-base.ts';
import { findPart } from './part.ts';

/** `SLIPWAY_TEST_SEED_REPOSITORY`: a clone of github:spack/spack-tutorial-container, bare or not. */
export function tutorialRepository(environment = process.env): string | undefined {
  const given = environment.SLIPWAY_TEST_SEED_REPOSITORY;
  if (given !== undefined && given !== '') return given;
  process.stderr.write('skipped: SLIPWAY_TEST_SEED_REPOSITORY names no clone of spack/spack-tutorial-container\n');
  return undefined;
}

/** Writes the files of its newest commit below a folder, as they are. */
export async function checkOutTutorial(repository: string, folder: string): Promise<void> {
  const git = ['-c', 'safe.directory=*', '-c', 'core.autocrlf=false'];
  await execa('git', [...git, 'clone', '--quiet', '--no-hardlinks', repository, folder]);
}

/** What its Dockerfile calls and cannot have here: each prints what it was asked for, and succeeds. */
const PRINTED = ['apt-get', 'python3', 'update-alternatives'];
/** `aws s3 sync URL FOLDER`, for a mirror that a server has as one archive. */
const AWS = '#!/bin/sh\nset -e\n[ "$1 $2" = "s3 sync" ]\nmkdir -p "$4"\ncurl -fsSL "$3.tar" | tar -x -C "$4"\n';

/**
 * Publishes a base of this machine's programs as `ubuntu:18.04` in a registry on the loopback. Returns the variable
 * that makes builders take that name from there.
 */
export async function ubuntuBase(host: string, folder: string): Promise<Readonly<Record<string, string>>> {
  const programs = ['bash', 'sh', 'mkdir', 'chmod', 'tar', 'curl', 'useradd', 'cat', 'ls'].flatMap(
    (name) => findPart(name) ?? [],
  );
  const printed = PRINTED.map((name) => [`usr/bin/${name}`, `#!/bin/sh\necho "stand-in: ${name} $*"\n`] as const);
  const base = await localBase(programs, { 'usr/bin/aws': AWS, ...Object.fromEntries(printed) });
  try {
    const target = registryClient({ registry: host, repository: 'library/ubuntu', access: 'push' });
    await publishImage(await readLocalBase(base), target, '18.04');
  } finally {
    base.remove();
  }
  const file = join(folder, 'registries.conf');
  const lines = ['[[registry]]', 'prefix = "docker.io/library"', `location = "${host}/library"`, 'insecure = true'];
  await writeFile(file, ['unqualified-search-registries = ["docker.io"]', ...lines, ''].join('\n'));
  return { CONTAINERS_REGISTRIES_CONF: file };
}

interface ExportedKey {
  /** The value that its guide has people put into the CI variable SPACK_SIGNING_KEY. */
  readonly key: string;
  readonly fingerprint: string;
}

/** Makes a key with gpg, and exports it with the script of the repository. */
export async function exportedKey(gpg: string, checkout: string, folder: string): Promise<ExportedKey> {
  const [home, bin] = [join(folder, 'gpg-home'), join(folder, 'gpg-bin')];
  await mkdir(home, { recursive: true, mode: 0o700 });
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'gpg2'), `#!/bin/sh\nexec '${gpg}' "$@"\n`, { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env.PATH ?? ''}`, GNUPGHOME: home };
  const words = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
  const key = ['--quick-generate-key', 'Tutorial <tutorial@example.org>', 'rsa2048', 'sign', 'never'];
  await execa(gpg, [...words, ...key], { env });
  await execa('bash', [join(checkout, 'keyhelp/export_pipeline_key.sh'), folder, 'tutorial@example.org'], { env });
  const { stdout: listed } = await execa(gpg, ['--batch', '--with-colons', '--list-keys'], { env });
  await execa('gpgconf', ['--kill', 'all'], { env, reject: false });
  const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '';
  return { key: await readFile(join(folder, 'private.key'), 'utf8'), fingerprint };
}
