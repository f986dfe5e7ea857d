/**
 * `npm run release -- VERSION`: makes a release from a clean checkout of `main`. It sets the version and the changelog,
 * signs a tag with git's `user.signingKey`, and builds in `release/` the npm package, an archive with Node.js inside for
 * each architecture, a container image, their bills of materials, a Spack package, provenance and signed checksums. The
 * commit and the tag come into this checkout once all of that is there; pushing the tag starts the workflow that publishes.
 *
 * `--dry-run` leaves the checkout alone, signs with a key of its own, and takes the next minor version if none is named.
 * `--tagged` makes the files of the tag that is checked out, for the workflow that publishes.
 */
import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tmpdir } from 'node:os';
import { execa } from 'execa';
import { cutRelease, notesOf } from './release/changelog.ts';
import { makeArtifacts } from './release/artifacts.ts';
import { nameFault, publishedVersions } from './release/npm-name.ts';
import { temporaryKey, type SigningKey } from './release/signing-key.ts';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'dry-run': { type: 'boolean', default: false }, tagged: { type: 'boolean', default: false } },
});

async function git(folder: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await execa('git', ['-C', folder, ...words]);
  return stdout.trim();
}

async function release(): Promise<void> {
  if (!values['dry-run'] && (await git(checkout, 'status', '--porcelain')) !== '')
    throw new Error('The checkout has changes. Commit them first.');
  const scratch = await mkdtemp(join(tmpdir(), 'slipway-release-'));
  try {
    const clone = join(scratch, 'checkout');
    await git(checkout, 'clone', '--quiet', checkout, clone);
    await symlink(join(checkout, 'node_modules'), join(clone, 'node_modules'));
    const key = await signingKey(scratch);
    const version = values.tagged ? await taggedVersion(clone) : await cut(clone, key);
    await checkName(version, await readFile(join(clone, 'CHANGELOG.md'), 'utf8'));
    const to = join(checkout, 'release');
    await rm(to, { recursive: true, force: true });
    await mkdir(to);
    const files = await makeArtifacts({ clone, scratch, version, to, key });
    const notes = notesOf(await readFile(join(clone, 'CHANGELOG.md'), 'utf8'), version);
    await writeFile(join(to, 'notes.md'), `${notes}\n`);
    for (const file of files) process.stdout.write(`${basename(file)}\n`);
    if (values['dry-run'] || values.tagged) return;
    await git(checkout, 'pull', '--quiet', '--ff-only', clone, 'HEAD');
    await git(checkout, 'fetch', '--quiet', clone, 'tag', `v${version}`);
    process.stdout.write(`Publish it with: git push origin main v${version}\n`);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** The key that signs tag and checksums; none where another signs what the workflow publishes. */
async function signingKey(scratch: string): Promise<SigningKey | undefined> {
  if (values['dry-run']) return temporaryKey(scratch);
  if (values.tagged) return undefined;
  const { stdout } = await execa('git', ['-C', checkout, 'config', 'user.signingKey'], { reject: false });
  if (stdout === '') throw new Error('No key signs the tag. Set it with `git config user.signingKey`.');
  const { failed } = await execa('gpg', ['--batch', '--list-secret-keys', stdout], { reject: false });
  if (failed)
    throw new Error(`gpg has no secret key \`${stdout}\`. Set \`user.signingKey\` of git to one that it has.`);
  return { id: stdout, env: {} };
}

/** Checks that the version can be published on npm. A dry run goes on if it cannot, and reports why. */
async function checkName(version: string, changelog: string): Promise<void> {
  const fault = await publishedVersions().then(
    (published) => nameFault(published, { version, changelog }),
    (error: unknown) => (error as Error).message,
  );
  if (fault !== undefined && !values['dry-run']) throw new Error(fault);
  if (fault !== undefined) process.stdout.write(`A release would stop here. ${fault}\n`);
}

/** Commits and tags the release in the clone. Returns its version. */
async function cut(clone: string, key: SigningKey | undefined): Promise<string> {
  const manifest = JSON.parse(await readFile(join(clone, 'package.json'), 'utf8')) as { version: string };
  const version = positionals[0] ?? (values['dry-run'] ? nextMinor(manifest.version) : undefined);
  if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) throw new Error('Name the version, as in 0.2.0.');
  const date = new Date().toISOString().slice(0, 10);
  const changelog = join(clone, 'CHANGELOG.md');
  await writeFile(changelog, cutRelease(await readFile(changelog, 'utf8'), { version, date }));
  const sameVersion = version === manifest.version ? ['--allow-same-version'] : [];
  await execa('npm', ['version', '--no-git-tag-version', ...sameVersion, version], { cwd: clone });
  const env = key?.env ?? {};
  const gitInClone = async (...words: readonly string[]) => execa('git', ['-C', clone, ...words], { env });
  await gitInClone('commit', '--quiet', '--all', '--message', `Release ${version}`);
  await gitInClone('tag', '--local-user', key?.id ?? '', '--message', `Slipway ${version}`, `v${version}`);
  await gitInClone('tag', '--verify', `v${version}`);
  return version;
}

function nextMinor(version: string): string {
  const [major, minor] = version.split('.').map(Number);
  return `${major}.${(minor ?? 0) + 1}.0`;
}

/** Returns the version of the commit that is checked out, whose tag has to name the same. */
async function taggedVersion(clone: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(clone, 'package.json'), 'utf8')) as { version: string };
  const tags = (await git(clone, 'tag', '--points-at', 'HEAD')).split('\n');
  if (!tags.includes(`v${manifest.version}`)) throw new Error(`No tag v${manifest.version} points at this commit.`);
  return manifest.version;
}

await release();
