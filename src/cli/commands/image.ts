import { resolve } from 'node:path';
import {
  assembleImage,
  describePackage,
  folderFiles,
  imageError,
  openBase,
  packagesOf,
  planImage,
  publishImage,
  unpackImage,
} from '../../image/index.ts';
import type { Image, ImagePlan } from '../../image/index.ts';
import { readEntry } from '../../mirror/index.ts';
import type { Entry, ObjectStore } from '../../mirror/index.ts';
import { readImage, validateImage } from '../../oci/index.ts';
import { lockDigest, readLockfile } from '../../spack/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { readGivenFile } from '../given-file.ts';
import { openGivenMirror, readTrust } from '../given-mirror.ts';
import type { TrustOptions } from '../given-mirror.ts';
import { readImageDefinition } from '../image-definition.ts';
import { imageArgument, openImagePlace } from '../image-place.ts';

interface JsonOption {
  readonly json?: true;
}

interface PlanFlags extends TrustOptions, JsonOption {
  readonly lock: string;
  readonly mirror: string;
}

interface BuildFlags extends PlanFlags {
  readonly output: string;
  readonly env: string;
  readonly repository?: string;
  readonly commit?: string;
}

const jsonOption = ['--json', 'print one line of JSON'] as const;
const lockOption = ['--lock <file>', 'the lock (spack.lock) whose packages go into the image'] as const;
const mirrorOption = [
  '--mirror <url>',
  'the mirror that holds them: a folder, file://… or s3://bucket/prefix',
] as const;
const keysOption = [
  '--keys <file>',
  'public keys that entries must be signed with (default: SLIPWAY_TRUSTED_KEYS)',
] as const;
const unsignedOption = ['--unsigned', 'take entries without a signature too, to try things out'] as const;

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Makes images out of a mirror, publishes them, and looks whether they are whole.');
  command
    .command('plan')
    .description('tell the layers of an image of this lock; writes nothing')
    .requiredOption(...lockOption)
    .requiredOption(...mirrorOption)
    .option(...keysOption)
    .option(...unsignedOption)
    .option(...jsonOption)
    .action((options: PlanFlags) => plan(options, context));
  command
    .command('build')
    .description('make an image and put it into a layout')
    .requiredOption(...lockOption)
    .requiredOption(...mirrorOption)
    .requiredOption('--output <layout>', '`oci:<folder>:<repository>:<tag>`')
    .option('--env <dir>', "the stack's folder: slipway.yaml, and the files that it names", '.')
    .option('--repository <name>', 'which image of slipway.yaml; without the file, an image on `scratch`')
    .option('--commit <sha>', 'commit that the image is made of, for its label')
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
    .description('read a whole image and check digests, sizes, media types and diff_ids')
    .argument('<image>', imageArgument)
    .option(...jsonOption)
    .action((image: string, options: JsonOption) => verify(image, options, context));
  command
    .command('unpack')
    .description('unpack an image into a new folder')
    .argument('<image>', imageArgument)
    .argument('<folder>', 'must not exist yet, or be empty')
    .action(async (image: string, folder: string) =>
      unpackImage(await read(image, context), resolve(context.cwd, folder)),
    );
};

async function plan(options: PlanFlags, context: CommandContext): Promise<void> {
  const { plan: planned } = await planOf(options, context);
  const layers = planned.packages.map(({ node, tarball }) => ({
    package: describePackage(node),
    digest: `sha256:${tarball.sha256}`,
    bytes: tarball.size,
  }));
  if (options.json) return context.terminal.json({ architecture: planned.architecture, bytes: planned.size, layers });
  for (const layer of layers) context.terminal.data(`${layer.package}  ${layer.bytes} bytes`);
  return context.terminal.note(`${layers.length} layers, ${planned.size} bytes, linux/${planned.architecture}`);
}

async function build(options: BuildFlags, context: CommandContext): Promise<void> {
  const folder = resolve(context.cwd, options.env);
  const definition = await readImageDefinition(folder, options.repository);
  const { plan: planned, store, digest: lock } = await planOf(options, context);
  const base = await openBase(definition.base, {
    architecture: planned.architecture,
    folder,
    registry: { signal: context.signal },
  });
  const files = folderFiles(folder);
  const image = await assembleImage({
    plan: planned,
    store,
    definition,
    files,
    base,
    lockDigest: lock,
    commit: options.commit,
  });
  const { target, reference } = await openImagePlace(options.output, context, { access: 'push', create: true });
  const published = await publishImage(image, target, reference);
  if (options.json) context.terminal.json(published);
  else context.terminal.data(published.digest);
}

async function publish(
  from: { source: string; target: string },
  options: JsonOption,
  context: CommandContext,
): Promise<void> {
  const image = await read(from.source, context);
  const { target, reference } = await openImagePlace(from.target, context, { access: 'push', create: true });
  const published = await publishImage(image, target, reference);
  if (options.json) return context.terminal.json(published);
  context.terminal.data(`${published.reference}@${published.digest}`);
  return context.terminal.note(
    `sent ${published.layersUploaded} of ${published.layers} layers, ${published.bytesUploaded} of ${published.bytesTotal} bytes`,
  );
}

async function verify(reference: string, options: JsonOption, context: CommandContext): Promise<void> {
  const image = await read(reference, context);
  const findings = await validateImage(image);
  const { digest } = image.manifest.descriptor;
  if (options.json) context.terminal.json({ digest, layers: image.blobs.length - 1, findings });
  else for (const { where, message } of findings) context.terminal.data(`${where}: ${message}`);
  const [first] = findings;
  if (first !== undefined)
    throw imageError('IMAGE_FAULTY', { reference, count: findings.length, first: `${first.where}: ${first.message}` });
  context.terminal.note(`${digest} is whole: ${image.blobs.length - 1} layers`);
}

async function read(text: string, context: CommandContext): Promise<Image> {
  const { target, reference } = await openImagePlace(text, context, { access: 'pull' });
  return readImage(target, reference);
}

async function planOf(
  options: PlanFlags,
  context: CommandContext,
): Promise<{ plan: ImagePlan; store: ObjectStore; digest: string }> {
  const text = await readGivenFile(options.lock, context);
  const lock = readLockfile(text, options.lock);
  const store = openGivenMirror(options.mirror, context);
  const entries = await readEntries(lock, store, { options, context });
  return {
    plan: planImage({ lock, entries, allowUnsigned: options.unsigned === true }),
    store,
    digest: lockDigest(text),
  };
}

async function readEntries(
  lock: Lockfile,
  store: ObjectStore,
  { options, context }: { options: TrustOptions; context: CommandContext },
): Promise<ReadonlyMap<string, Entry>> {
  const trust = await readTrust(options, context);
  const entries = new Map<string, Entry>();
  for (const node of packagesOf(lock)) {
    const entry = await readEntry(store, node, trust);
    if (entry !== undefined) entries.set(node.hash, entry);
  }
  return entries;
}
