import { buildImages, contentsOf, matchRules, mountable, packagesOf, publishImage } from '../../image/index.ts';
import type { ImageDefinition, PackageEntry, Published } from '../../image/index.ts';
import { readEntry, viewPrefix, writeView } from '../../mirror/index.ts';
import type { ReadOptions } from '../../mirror/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { beforeTag } from './before-tag.ts';
import { publishDockerfile } from './dockerfile-publisher.ts';
import { loadLock } from '../jobs/lock-record.ts';
import type { PipelineRecord, Publication } from '../ports.ts';
import { filesAt } from './files-at.ts';
import { mountSources } from './mount-sources.ts';
import { policyAt } from './policy-at.ts';
import { remoteOf } from '../stack-configuration.ts';
import { writeV2View } from './v2-view.ts';

/**
 * Publishes what a protected pipeline tested: the packages of its own lock, each by its signed entry. The digest follows
 * from the lock, the entries and the commit, so a publication that was cut off is simply made again.
 */
export async function publishTested(
  context: CoordinatorContext,
  publication: Publication,
  record: PipelineRecord,
): Promise<Published> {
  const stack = context.stacks.get(publication.stack) as Stack;
  const { lock, digest } = await loadLock(context, record);
  const definition = await definitionOf(stack, publication);
  const store = stack.mirror.root('');
  const read = { verifier: context.verifier, requireSignature: true };
  const target = await context.imageTarget(publication.repository);
  const isDockerfile = definition.contents === 'dockerfile';
  const entries = await entriesOf(context, stack, packagesOf(lock, isDockerfile ? 'mirror' : contentsOf(definition)));
  const source = sourceOf(remoteOf(stack.configuration));
  const tested = { stack, publication, record, definition, target, lock, lockDigest: digest, entries, store, source };
  if (isDockerfile) {
    await writeViews(stack, { lock, lockDigest: digest, read });
    return publishDockerfile(context, { ...tested, beforeTag: (images) => beforeTag(context, { ...tested, images }) });
  }
  const images = await buildImages({
    lock,
    entries,
    history: await lockHistory(context, record),
    previous: target,
    tag: publication.tag,
    store,
    definition,
    baseOptions: { credentialsFor: (registry) => context.registryCredentials(registry) },
    mirror: { read },
    work: context.imageWork.path,
    files: filesAt(stack, publication.commit),
    environment: (await stack.forge.readFile(publication.commit, 'spack.yaml'))?.toString('utf8'),
    lockDigest: digest,
    commit: publication.commit,
    source,
  });
  await writeViews(stack, { lock, lockDigest: digest, read });
  const sources = await mountSources(context, publication.stack, target);
  return publishImage(await mountable(images, sources), target, {
    tag: publication.tag,
    moved: definition.moved,
    beforeTag: beforeTag(context, { ...tested, images }),
  });
}

/** The view of a lock, with a signed statement on its index, in each layout that the stack keeps. */
async function writeViews(
  { configuration, mirror, notary }: Stack,
  request: { readonly lock: Lockfile; readonly lockDigest: string; readonly read: ReadOptions },
): Promise<void> {
  const root = viewPrefix(request.lockDigest);
  const sign = (text: string) => notary.signStatement({ stack: configuration.name, root, text });
  await writeView(mirror.root(''), { ...request, sign });
  await writeV2View(mirror, request);
}

/** How many locks of the past tell what changes often. */
const HISTORY = 200;

/** The locks that the stack's protected pipelines made before this one, oldest first; what can no longer be read is left out. */
async function lockHistory(context: CoordinatorContext, record: PipelineRecord): Promise<readonly Lockfile[]> {
  const records = context.pipelines
    .list({ stack: record.stack, limit: HISTORY })
    .filter(({ trust, lockDigest, id }) => trust === 'protected' && lockDigest !== undefined && id !== record.id);
  const locks: Lockfile[] = [];
  for (const one of records.toSorted((a, b) => Number(a.id) - Number(b.id))) {
    const lock = await loadLock(context, one).catch(() => undefined);
    if (lock !== undefined) locks.push(lock.lock);
  }
  return locks;
}

/** The definition whose rule made this publication; the first, as when it was recorded. */
async function definitionOf(stack: Stack, publication: Publication): Promise<ImageDefinition> {
  const { images } = await policyAt(stack, publication.commit);
  const { refType, ref, repository, tag, actor } = publication;
  const pushed = refType === 'branch' ? { branch: ref, actor } : { tag: ref, actor };
  const found = matchRules(images, pushed).find((one) => one.repository === repository && one.tag === tag);
  if (found !== undefined) return found.image;
  const reason = `its \`slipway.yaml\` no longer publishes \`${repository}:${tag}\``;
  throw coordinatorError('PUBLICATION_REFUSED', {
    ref,
    stack: publication.stack,
    reason,
    remedy: 'Tag a commit that does.',
  });
}

/** Signed entries of these packages. */
async function entriesOf(
  context: CoordinatorContext,
  stack: Stack,
  nodes: readonly SpecNode[],
): Promise<ReadonlyMap<string, PackageEntry>> {
  const entries = new Map<string, PackageEntry>();
  for (const node of nodes) {
    const entry = await readEntry(stack.mirror.root(''), node, { verifier: context.verifier, requireSignature: true });
    if (entry !== undefined) entries.set(node.hash, entry);
  }
  return entries;
}

/** The remote's URL without credentials; a folder of this machine is nobody else's source. */
function sourceOf(remote: string): string | undefined {
  return remote.includes('://') ? remote.replace(/^(\w+:\/\/)[^/@]*@/, '$1') : undefined;
}
