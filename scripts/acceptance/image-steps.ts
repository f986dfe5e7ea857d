import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackImage, verifyEntries, verifyRecords, type Image } from '../../src/image/index.ts';
import { folderStore, verifyMirror } from '../../src/mirror/index.ts';
import { createVerifier } from '../../src/notary/index.ts';
import { parseReference, readImage, registryClient, wantedOf, type ImageSource } from '../../src/oci/index.ts';
import { readLockfile } from '../../src/spack/index.ts';
import type { Publication } from '../../src/coordinator/index.ts';
import type { RunningServer } from '../../src/server/assembly/open-server.ts';
import { localBase, type LocalBase } from '../../test/support/local-base.ts';
import { applyChange } from '../../test/support/served-stack.ts';
import { findPart } from '../../test/support/part.ts';
import type { Step } from './run-acceptance.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What the tutorial's Dockerfile uses of its base. */
const BASE_PROGRAMS = ['bash', 'sh', 'mkdir', 'chmod', 'tar', 'curl', 'useradd', 'cat', 'ls'];

/**
 * A base of this machine's programs, so that the stack's own Dockerfile can be built where nothing can be downloaded.
 */
export function tutorialBase(): Promise<LocalBase> {
  const programs = BASE_PROGRAMS.flatMap((name) => findPart(name) ?? []);
  return localBase(programs);
}

/** The image rules without the one that needs a program that builds Dockerfiles. */
export function withoutDockerfile(policy: string): string {
  return policy.slice(0, policy.indexOf('  # The same by docker/Dockerfile'));
}

export interface ImageOptions {
  readonly server: RunningServer;
  readonly stack: string;
  readonly folder: string;
  readonly env: Variables;
  /** SHA-256 of the tested lock. */
  readonly lockDigest: string;
  /** The repository's files: Spack's recipes are among them, in a folder of that name. */
  readonly files: Readonly<Record<string, string>>;
  readonly recipes: string;
  /** Published images, by what they are: `packages`, or one with a build cache. */
  readonly images: Readonly<Record<string, Publication>>;
}

/**
 * Reads back what was published: the records of each image, and of those with a build cache that it is the tested
 * lock's.
 */
export async function imageSteps(options: ImageOptions): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const done = (step: string, fact: string): void => void steps.push({ step, fact });
  const key = await imageKey(options);
  for (const [what, publication] of Object.entries(options.images)) {
    const { image, source } = await open(publication);
    done(`records of the ${what} image`, await checkRecords(options, { image, source, key }));
    const cosign = findPart('cosign');
    if (cosign !== undefined) done(`cosign verify, ${what}`, await cosignVerify(cosign, publication, { key, options }));
    if (what === 'packages') continue;
    const root = join(options.folder, 'unpacked', what);
    await unpackImage(image, root);
    done(`build cache in the ${what} image`, await checkCache(options, root));
    done(`spack installs from the ${what} image`, await spackInstalls(options, { what, root }));
  }
  return steps;
}

async function open({ reference = '' }: Publication): Promise<{ image: Image; source: ImageSource }> {
  const parsed = parseReference(reference);
  const source = registryClient({ registry: parsed.registry ?? '', repository: parsed.repository, access: 'pull' });
  return { image: await readImage(source, wantedOf(parsed)), source };
}

async function imageKey({ server, stack }: ImageOptions): Promise<string> {
  const known = await server.coordinator.context.stacks.get(stack)?.notary.knownKeys();
  assert.ok(known?.imageKey !== undefined, 'the notary has a key for images');
  return known.imageKey;
}

async function checkRecords(
  { server, stack, lockDigest }: ImageOptions,
  { image, source, key }: { image: Image; source: ImageSource; key: string },
): Promise<string> {
  const report = await verifyRecords(source, image, key);
  const { findings, entries, lock } = report;
  assert.deepEqual(findings, [], 'signature, provenance and bills hold');
  assert.equal(lock, `sha256:${lockDigest}`, 'they name the lock that was tested');
  const { context } = server.coordinator;
  const store = context.stacks.get(stack)?.mirror.root('');
  assert.ok(store !== undefined);
  const read = { verifier: context.verifier, requireSignature: true };
  const beside = { store, read, temporary: context.folder.temporary };
  assert.deepEqual(await verifyEntries(image, report, beside), [], 'every layer is of signed entries');
  return `signed, ${entries.length} signed entries, lock ${lockDigest.slice(0, 12)}`;
}

async function cosignVerify(
  cosign: string,
  { reference = '' }: Publication,
  { key, options }: { key: string; options: ImageOptions },
): Promise<string> {
  const file = join(options.folder, 'cosign.pub');
  await writeFile(file, key);
  const plain = ['--key', file, '--insecure-ignore-tlog', '--allow-http-registry'];
  const env = { PATH: options.env.PATH, HOME: options.folder };
  await execa(cosign, ['verify', ...plain, reference], { env, extendEnv: false });
  const type = ['--type', 'https://slsa.dev/provenance/v1'];
  await execa(cosign, ['verify-attestation', ...plain, ...type, reference], { env, extendEnv: false });
  return 'signature and provenance accepted';
}

/** That `/mirror` is a whole, signed build cache of the tested lock and of nothing else, by the keys in it. */
async function checkCache({ server, lockDigest }: ImageOptions, root: string): Promise<string> {
  const lock = readLockfile(await readFile(server.folder.lock(lockDigest), 'utf8'), 'spack.lock');
  const publicKey = await readFile(join(root, 'mirror/public.key'), 'utf8');
  const signer = server.coordinator.context.signing;
  assert.ok(publicKey.includes(signer.publicKey.trim().split('\n')[3] ?? 'no key'), 'public.key is the notary’s');
  const store = folderStore(join(root, 'mirror'));
  const found: string[] = [];
  const trust = { verifier: createVerifier(publicKey), requireSignature: true };
  for await (const { kind, entry, message } of verifyMirror(store, trust)) {
    assert.equal(kind, 'ok', `${entry}: ${message}`);
    found.push(entry.slice(entry.lastIndexOf('-') + 1));
  }
  const wanted = [...lock.nodes.values()].filter(({ external }) => external === undefined).map(({ hash }) => hash);
  assert.deepEqual(
    found.filter((hash) => wanted.includes(hash)).toSorted(),
    wanted.toSorted(),
    'every package of the lock',
  );
  assert.equal(found.length, wanted.length, 'and no other');
  return `${found.length} packages, all signatures valid`;
}

/**
 * Installs the tested lock's roots from the image's build cache with a real Spack, where there is one that reads layout
 * v3.
 */
async function spackInstalls(
  { server, folder, env, lockDigest, files, recipes }: ImageOptions,
  { what, root }: { what: string; root: string },
): Promise<string> {
  const spack = env.SPACK_ROOT;
  if (spack === undefined || spack === '')
    return 'skipped: SPACK_ROOT names no Spack; our own verify has read all of it';
  const words = join(spack, 'bin/spack');
  const { stdout: version } = await execa(words, ['--version'], { env });
  const isReadable = !version.startsWith('0.') || existsSync(join(root, 'mirror/build_cache/index.json'));
  if (!isReadable) return `skipped: Spack ${version} does not read build caches of layout v3`;
  const place = join(folder, `install-${what}`);
  const store = await mkdtemp(join(tmpdir(), 's-'));
  await mkdir(join(place, 'env'), { recursive: true });
  await mkdir(join(place, 'gpg'), { mode: 0o700 });
  const text = await readFile(server.folder.lock(lockDigest), 'utf8');
  const { roots } = readLockfile(text, 'spack.lock');
  await writeFile(join(place, 'env/spack.lock'), text);
  const own = Object.entries(files).filter(([path]) => path.startsWith(`${recipes}/`));
  await applyChange(join(place, 'env'), Object.fromEntries(own));
  const manifest = {
    specs: [...new Set(roots.map(({ spec }) => spec))],
    view: false,
    repos: [recipes],
    // Programs keep paths in place, so that they can only be moved to one that is not longer than `/opt/stack/…`.
    config: { install_tree: { root: store, projections: { all: '{hash}' } } },
    mirrors: { image: { url: `file://${join(root, 'mirror')}`, signed: true } },
  };
  await writeFile(join(place, 'env/spack.yaml'), JSON.stringify({ spack: manifest }));
  const run = async (...arguments_: readonly string[]) =>
    execa(words, ['-e', join(place, 'env'), ...arguments_], { env: { ...env, SPACK_GNUPGHOME: join(place, 'gpg') } });
  await run('gpg', 'trust', join(root, 'mirror/public.key'));
  await run('install', '--cache-only', '--fail-fast');
  const { stdout } = await run('find', '--format', '{hash}');
  await rm(store, { recursive: true });
  const installed = stdout.split('\n').filter((line) => /^[a-z2-7]{32}$/.test(line.trim()));
  const missing = roots.filter(({ hash }) => !installed.some((line) => line.trim() === hash));
  assert.deepEqual(missing, [], 'every root of the tested lock is installed');
  return `Spack ${version}: ${installed.length} packages, signatures checked`;
}
