import { assembleImage, openBase, packagesOf, planImage, publishImage } from '../../image/index.ts';
import type { FileSource, ImageDefinition, PackageEntry, Published } from '../../image/index.ts';
import { readEntry, writeView } from '../../mirror/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { loadLock } from '../jobs/lock-record.ts';
import type { PipelineRecord, Publication } from '../ports.ts';
import { policyAt } from './publication.ts';
import { remoteOf } from '../server-configuration.ts';

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
  const plan = planImage({ lock, entries: await entriesOf(context, stack, lock) });
  const image = await assembleImage({
    plan,
    store,
    definition,
    files: filesAt(stack, publication.commit),
    base: await openBase(definition.base, { architecture: plan.architecture }),
    lockDigest: digest,
    commit: publication.commit,
    source: sourceOf(remoteOf(stack.configuration)),
  });
  await writeView(store, { lock, lockDigest: digest, read });
  return publishImage(image, await context.imageTarget(definition.repository), publication.tag);
}

async function definitionOf(stack: Stack, publication: Publication): Promise<ImageDefinition> {
  const { images } = await policyAt(stack, publication.commit);
  const definition = images.find(({ repository }) => repository === publication.repository);
  if (definition !== undefined) return definition;
  const reason = `its \`slipway.yaml\` no longer names \`${publication.repository}\``;
  throw coordinatorError('PUBLICATION_REFUSED', {
    ref: publication.ref,
    stack: publication.stack,
    reason,
    remedy: 'Tag a commit that does.',
  });
}

/** Signed entries of what the roots link and run. */
async function entriesOf(
  context: CoordinatorContext,
  stack: Stack,
  lock: Lockfile,
): Promise<ReadonlyMap<string, PackageEntry>> {
  const entries = new Map<string, PackageEntry>();
  for (const node of packagesOf(lock)) {
    const entry = await readEntry(stack.mirror.root(''), node, { verifier: context.verifier, requireSignature: true });
    if (entry !== undefined) entries.set(node.hash, entry);
  }
  return entries;
}

function filesAt(stack: Stack, commit: string): FileSource {
  return (path) => stack.forge.readFiles(commit, path);
}

/** The remote's URL without credentials; a folder of this machine is nobody else's source. */
function sourceOf(remote: string): string | undefined {
  return remote.includes('://') ? remote.replace(/^(\w+:\/\/)[^/@]*@/, '$1') : undefined;
}
