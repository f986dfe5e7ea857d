import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  buildImages,
  contentsOf,
  copyRecords,
  folderFiles,
  imagesOf,
  packagesOf,
  planImage,
  publishImage,
  readPublished,
  topOf,
  unpackImage,
} from '../../image/index.ts';
import type { Image, ImageLock } from '../../image/index.ts';
import { cacheFolder, readNamedFile } from '../../kit/index.ts';
import { growElf, openMirror, readEntry } from '../../mirror/index.ts';
import type { Entry, ObjectStore, ReadOptions } from '../../mirror/index.ts';
import { readTrust } from '../../notary/index.ts';
import { readImage } from '../../oci/index.ts';
import { lockDigest, readLockfile } from '../../spack/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { keysOption, mirrorAt, trustFlags } from '../mirror/mirror-flags.ts';
import type { TrustFlags } from '../mirror/mirror-flags.ts';
import { readImageDefinition } from '../image-definition.ts';
import { beforeTag } from '../image/before-tag.ts';
import type { RecordFlags } from '../image/before-tag.ts';
import { diff } from '../image/diff.ts';
import { registryCredentials } from '../registry-credentials.ts';
import { reportPlan } from '../image/plan-report.ts';
import { verify } from '../image/verify.ts';
import type { VerifyFlags } from '../image/verify.ts';
import { imageArgument, openImagePlace } from '../image-place.ts';

interface JsonOption {
  readonly json?: true;
}

interface PlanFlags extends TrustFlags, JsonOption {
  readonly lock: string;
  readonly mirror: string;
  readonly history?: readonly string[];
  readonly layers?: string;
}

interface BuildFlags extends Omit<PlanFlags, 'lock'>, RecordFlags {
  readonly lock: readonly string[];
  readonly output: string;
  readonly env: string;
  readonly repository?: string;
  readonly commit?: string;
  readonly work?: string;
}

const jsonOption = ['--json', 'print one line of JSON'] as const;
const lockOption = ['--lock <file>', 'the lock (spack.lock) whose packages go into the image'] as const;
const locksOption = [
  '--lock <files...>',
  'the lock (spack.lock) whose packages go into the image; several, each for another platform, give an index of their images',
] as const;
const mirrorOption = [
  '--mirror <url>',
  'the mirror that holds them: a folder, file://… or s3://bucket/prefix',
] as const;
const historyOption = [
  '--history <locks...>',
  "locks of the stack's past, oldest first: what changed often shares no layer with what did not",
] as const;
const unsignedOption = ['--unsigned', 'take entries without a signature too, to try things out'] as const;

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Makes images out of a mirror, publishes them, and looks whether they are whole.');
  command
    .command('plan')
    .description('tell the layers of an image of this lock; writes nothing')
    .requiredOption(...lockOption)
    .requiredOption(...mirrorOption)
    .option(...historyOption)
    .option('--layers <number>', 'the most layers that packages may have')
    .option(...keysOption)
    .option(...unsignedOption)
    .option(...jsonOption)
    .action((options: PlanFlags) => plan(options, context));
  command
    .command('build')
    .description('make an image and put it into a layout or a registry')
    .requiredOption(...locksOption)
    .requiredOption(...mirrorOption)
    .requiredOption('--output <image>', imageArgument)
    .option('--env <dir>', "the stack's folder: slipway.yaml, and the files that it names", '.')
    .option('--repository <name>', 'which image of slipway.yaml; without the file, an image on `scratch`')
    .option('--commit <sha>', 'commit that the image is made of, for its label')
    .option(...historyOption)
    .option(
      '--work <dir>',
      'folder for layers that must be made, and for what is known of layers, kept for the next build',
    )
    .option(
      '--sign-key <file>',
      'private key (`cosign.key`, its password in COSIGN_PASSWORD) that signs the image and its records',
    )
    .option('--no-smoke', 'do not try the image: neither its libraries nor the commands of slipway.yaml')
    .option(...keysOption)
    .option(...unsignedOption)
    .option(...jsonOption)
    .action((options: BuildFlags) => build(options, context));
  command
    .command('publish')
    .description('copy an image to a registry or a layout; only what is missing there is sent')
    .argument('<source>', imageArgument)
    .argument('<target>', imageArgument)
    .option(...jsonOption)
    .action((source: string, target: string, options: JsonOption) => publish({ source, target }, options, context));
  command
    .command('verify')
    .description('read a whole image and check it, and its signature, provenance and bills of materials')
    .argument('<image>', imageArgument)
    .option(
      '--key <file>',
      'public key (`cosign.pub`) that its records must be signed with (default: SLIPWAY_IMAGE_KEY)',
    )
    .option('--mirror <url>', 'the mirror that it was made of, to compare every layer with the signed entries there')
    .option(...keysOption)
    .option(...jsonOption)
    .action((image: string, options: VerifyFlags) => verify(image, options, context));
  command
    .command('diff')
    .description('tell which packages the second image has that the first has not, and the other way round')
    .argument('<a>', imageArgument)
    .argument('<b>', imageArgument)
    .option(...jsonOption)
    .action((a: string, b: string, options: JsonOption) => diff({ a, b }, options, context));
  command
    .command('unpack')
    .description('unpack an image into a new folder')
    .argument('<image>', imageArgument)
    .argument('<folder>', 'must not exist yet, or be empty')
    .option('--platform <platform>', 'of an index: `linux/arm64` or `linux/amd64/v3` (default: the first)')
    .action(async (image: string, folder: string, { platform }: { platform?: string }) =>
      unpackImage(await read(image, platform, context), resolve(context.cwd, folder)),
    );
};

async function plan(options: PlanFlags, context: CommandContext): Promise<void> {
  const lock = await readLock(options.lock, context);
  const store = await openMirror(mirrorAt(options.mirror, context));
  const planned = planImage({
    lock,
    entries: await readEntries(packagesOf(lock), store, await readTrust(trustFlags(options, context))),
    allowUnsigned: options.unsigned === true,
    layerLimit: options.layers === undefined ? undefined : Number(options.layers),
    history: await readHistory(options, context),
  });
  reportPlan(planned, { isJson: options.json === true, terminal: context.terminal });
}

async function build(options: BuildFlags, context: CommandContext): Promise<void> {
  const folder = resolve(context.cwd, options.env);
  const definition = await readImageDefinition(folder, options.repository);
  const locks = await readLocks(options, context);
  const store = await openMirror(mirrorAt(options.mirror, context));
  const read = await readTrust(trustFlags(options, context));
  const { target, reference } = await openImagePlace(options.output, context, { access: 'push', create: true });
  const nodes = locks.flatMap(({ lock }) => packagesOf(lock, contentsOf(definition)));
  const entries = await readEntries(nodes, store, read);
  const work = resolve(context.cwd, options.work ?? imageWorkFolder(context));
  const images = await buildImages({
    locks,
    entries,
    mirror: { read },
    growElf,
    allowUnsigned: options.unsigned === true,
    previous: target,
    tag: reference,
    store,
    definition,
    work,
    files: folderFiles(folder),
    baseOptions: {
      folder,
      registry: { signal: context.signal },
      credentialsFor: (registry) => registryCredentials(registry, context.env),
    },
    commit: options.commit,
  });
  const built = { images, target, locks, entries, store, commit: options.commit, definition, work };
  const published = await publishImage(images, target, {
    tag: reference,
    moved: definition.moved,
    beforeTag: beforeTag(built, options, context),
  });
  if (options.json) context.terminal.json(published);
  else context.terminal.data(published.digest);
}

/** What is known of layers is kept for the next build of this user. */
function imageWorkFolder({ env }: CommandContext): string {
  return join(cacheFolder(env), 'images');
}

async function readLocks(options: BuildFlags, context: CommandContext): Promise<readonly ImageLock[]> {
  const folder = resolve(context.cwd, options.env);
  const environment = await readFile(join(folder, 'spack.yaml'), 'utf8').catch(() => undefined);
  const history = await readHistory(options, context);
  const read = async (file: string): Promise<ImageLock> => {
    const text = await readNamedFile(file, context.cwd);
    return { lock: readLockfile(text, file), digest: lockDigest(text), name: file, environment, history };
  };
  return Promise.all(options.lock.map(read));
}

async function readHistory(
  { history = [] }: Pick<PlanFlags, 'history'>,
  context: CommandContext,
): Promise<readonly Lockfile[]> {
  return Promise.all(history.map((file) => readLock(file, context)));
}

async function readLock(file: string, context: CommandContext): Promise<Lockfile> {
  return readLockfile(await readNamedFile(file, context.cwd), file);
}

async function publish(
  from: { source: string; target: string },
  options: JsonOption,
  context: CommandContext,
): Promise<void> {
  const source = await openImagePlace(from.source, context, { access: 'pull' });
  const what = await readPublished(source.target, source.reference);
  const { target, reference } = await openImagePlace(from.target, context, { access: 'push', create: true });
  const manifests = new Set([...imagesOf(what).map(({ manifest }) => manifest), topOf(what)]);
  const beforeTag = async () => {
    for (const { descriptor } of manifests) await copyRecords(source.target, target, descriptor.digest);
  };
  const published = await publishImage(what, target, { tag: reference, beforeTag });
  if (options.json) return context.terminal.json(published);
  context.terminal.data(`${published.reference}@${published.digest}`);
  return context.terminal.note(
    `sent ${published.layersUploaded} of ${published.layers} layers, ${published.bytesUploaded} of ${published.bytesTotal} bytes`,
  );
}

async function read(text: string, platform: string | undefined, context: CommandContext): Promise<Image> {
  const { target, reference } = await openImagePlace(text, context, { access: 'pull' });
  if (platform === undefined) return readImage(target, reference);
  const [os = '', architecture = '', variant] = platform.split('/');
  return readImage(target, reference, { os, architecture, variant });
}

async function readEntries(
  nodes: readonly SpecNode[],
  store: ObjectStore,
  trust: ReadOptions,
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const node of nodes) {
    const entry = await readEntry(store, node, trust);
    if (entry !== undefined) entries.set(node.hash, entry);
  }
  return entries;
}
