import {
  buildImages,
  builtOn,
  contentsOf,
  packagesOf,
  samePublished,
  type Image,
  type ImageDefinition,
  type ImageLock,
  type PublishOptions,
  type Published,
} from '../../image/index.ts';
import { withoutCredentials } from '../../kit/index.ts';
import { growElf, readEntries, viewPrefix, writeView, type ReadOptions } from '../../mirror/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { ForgeRecords, ImagePublishing, Stack, StackRegistry } from '../context.ts';
import { publicationRefused } from '../errors.ts';
import type { Publication } from './publication-ledger.ts';
import { remoteOf } from '../configuration/stack-configuration.ts';
import { beforeTag, tryImages, type TestedImages } from './before-tag.ts';
import { publishDockerfile } from './dockerfile-publisher.ts';
import { imageLocks } from './image-locks.ts';
import { immutableTag, type ImmutableTag } from './immutable-tag.ts';
import { mountingPublisher } from './mounting-publisher.ts';
import { policyAt } from './policy-at.ts';
import { ruleOf } from './rule-of.ts';
import { secretsOfStack } from './stack-secrets.ts';
import { writeV2View } from './v2-view.ts';

/**
 * Publishes what a protected pipeline tested: the packages of its own lock, each by its signed entry. The digest
 * follows from the lock, the entries and the commit, so a publication that was cut off is simply made again. If the tag
 * names an image that differs in the commit only, that one stays.
 */
export async function publishTested(
  context: ImagePublishing,
  publication: Publication,
  record: PipelineRecord,
): Promise<Published> {
  const stack = context.stacks.get(publication.stack) as Stack;
  const { images: definitions } = await policyAt(stack, publication.commit);
  const definition = definitionIn(definitions, publication);
  const fixed = await immutableTag(context, stack, { publication, images: definitions });
  const { commit } = publication;
  const locks = await imageLocks(context, record, { stack, definition, commit, withHistory: true });
  const store = stack.mirror.root('');
  const read = { verifier: context.verifier, requireSignature: true };
  const target = await context.imageTarget(publication.repository);
  const isDockerfile = definition.contents === 'dockerfile';
  const held = isDockerfile ? 'mirror' : contentsOf(definition);
  const nodes = locks.flatMap(({ lock }) => packagesOf(lock, held));
  const entries = await readEntries([store], nodes, read);
  const remote = remoteOf(stack.configuration);
  // A folder of this machine is no source for others.
  const source = remote.includes('://') ? withoutCredentials(remote) : undefined;
  const tested = { stack, publication, record, definition, target, locks, entries, store, source };
  if (isDockerfile) {
    await writeViews(stack, locks, read);
    const lockDigest = onlyLock(locks, publication).digest;
    const how = (images: Image) => publishOptions(context, { ...tested, images }, fixed);
    return publishDockerfile(context, { ...tested, lockDigest, how });
  }
  const built = await buildImages({
    locks,
    entries,
    previous: target,
    tag: publication.rebase?.replaces ?? publication.tag,
    store,
    definition,
    baseOptions: { credentialsFor: (registry) => context.registryCredentials(registry) },
    mirror: { read },
    // Only what protected pipelines built is grown.
    growElf,
    work: context.imageWork.path,
    files: (path) => stack.forge.readFiles(commit, path),
    secrets: secretsOfStack(stack),
    commit,
    source,
  });
  await writeViews(stack, locks, read);
  // A commit that changes nothing of the image does not move the tag to another digest.
  const same = await samePublished(target, built, {
    tag: publication.tag,
    ours: publishedDigests(context, publication),
  });
  if (same !== undefined)
    await tryImages(context, { stack: publication.stack, definition, images: same, untrusted: false });
  const images = same ?? built;
  const publish = await mountingPublisher(context, { stack: publication.stack, target });
  const published = await publish(images, publishOptions(context, { ...tested, images }, fixed));
  context.ledger.setImagePackages(
    publication.id,
    nodes.map(({ hash }) => hash),
  );
  return published;
}

/**
 * How an image gets its tag. The digest is stored first: if the server ends in between, the tag is still known to be
 * ours.
 */
function publishOptions(context: ImagePublishing, tested: TestedImages, fixed: ImmutableTag): PublishOptions {
  const { publication, definition } = tested;
  const vouch = beforeTag(context, tested);
  return {
    tag: publication.tag,
    immutable: fixed.immutable,
    moved: publication.replace === true ? 'replace' : definition.moved,
    ours: publishedDigests(context, publication),
    beforeTag: async (uploaded) => {
      fixed.check(uploaded.descriptor.digest);
      await vouch(uploaded);
      const { rebase: asked } = publication;
      const rebase = asked && { ...asked, bases: builtOn(asked.bases, tested.images) };
      context.ledger.updatePublication(publication.id, { tagging: uploaded.descriptor.digest, rebase });
    },
  };
}

/**
 * Returns the digests that this server has published in the repository; undefined if it never published this tag. A
 * rebase never overwrites what others published.
 */
function publishedDigests(
  { ledger, stacks }: ForgeRecords & StackRegistry,
  { repository, tag, rebase }: Publication,
): ReadonlySet<string> | undefined {
  const ours = [...stacks.keys()]
    .flatMap((stack) => ledger.publications(stack))
    .filter((one) => one.repository === repository);
  if (rebase === undefined && !ours.some((one) => one.tag === tag && one.digest !== undefined)) return undefined;
  return new Set(ours.flatMap(({ digest, tagging }) => [digest ?? [], tagging ?? []].flat()));
}

/** The view of each lock, with a signed statement on its index, in each layout that the stack keeps. */
async function writeViews(
  { configuration, mirror, notary }: Stack,
  locks: readonly ImageLock[],
  read: ReadOptions,
): Promise<void> {
  for (const { lock, digest: lockDigest } of locks) {
    const root = viewPrefix(lockDigest);
    const sign = (text: string) => notary.signStatement({ stack: configuration.name, root, text });
    await writeView(mirror.root(''), { lock, lockDigest, read, sign });
    await writeV2View(mirror, { lock, lockDigest, read });
  }
}

/** A Dockerfile gets the mirror of one lock. */
function onlyLock([first, ...others]: readonly ImageLock[], publication: Publication): ImageLock {
  if (first !== undefined && others.length === 0) return first;
  throw publicationRefused(
    publication,
    `its pipeline has ${others.length + 1} locks, and a Dockerfile gets the mirror of one`,
    'Name the job whose lock it is with `locks` in `slipway.yaml`.',
  );
}

/** The definition whose rule made this publication; the first, as when it was recorded. */
export async function definitionOf(stack: Stack, publication: Publication): Promise<ImageDefinition> {
  const { images } = await policyAt(stack, publication.commit);
  return definitionIn(images, publication);
}

function definitionIn(images: readonly ImageDefinition[], publication: Publication): ImageDefinition {
  const found = ruleOf(images, publication);
  if (found !== undefined) return found.image;
  const { repository, tag } = publication;
  const reason = `its \`slipway.yaml\` no longer publishes \`${repository}:${tag}\``;
  throw publicationRefused(publication, reason, 'Tag a commit that does.');
}
