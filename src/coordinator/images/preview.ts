import { buildImages, contentsOf, matchRules, mountable, packagesOf, publishImage } from '../../image/index.ts';
import type { ImageDefinition, ImageLock, PackageEntry, Published, RuleMatch } from '../../image/index.ts';
import { SlipwayError, messageOf, timestamp } from '../../kit/index.ts';
import { readEntry } from '../../mirror/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import { refusalText } from '../arrival/refusal-text.ts';
import { now } from '../context.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { PipelineRecord, Publication, StatusRecord } from '../ports.ts';
import { previewContext, recordStatus } from '../status/status-report.ts';
import { tryImages } from './before-tag.ts';
import { filesAt } from './files-at.ts';
import { mountSources } from './mount-sources.ts';
import { policyAt } from './policy-at.ts';
import { removePreviews } from './remove-previews.ts';
import { testedLocks } from './tested-locks.ts';

/**
 * A pull request of the team has passed: what it built is published as `pr-<number>`, unsigned, where the rules of the
 * base (never its own) ask for that. What forks bring is not, nor what a Dockerfile would build. Safe to repeat.
 */
export async function publishPreviews(context: CoordinatorContext, record: PipelineRecord): Promise<void> {
  const { request, trust, status, lockDigest } = record;
  if (trust !== 'pull-request' || status !== 'success' || request === undefined || lockDigest === undefined) return;
  if (!isOpen(context, record)) return;
  const stack = context.stacks.get(record.stack) as Stack;
  const previewed = { stack, record, request };
  try {
    const { images } = await policyAt(stack, record.base);
    const faults: unknown[] = [];
    // One that fails keeps no other back, and is what the status tells in the end.
    for (const match of matchRules(images, { pullRequest: request }))
      await publishMatch(context, previewed, match).catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw faults[0];
  } catch (error) {
    context.log.warn({ pipeline: record.id, error: messageOf(error) }, 'preview not published');
    const description = error instanceof SlipwayError ? refusalText(error) : messageOf(error);
    say(context, record, { state: 'error', description });
  }
  if (!isOpen(context, record)) await removePreviews(context, stack, request);
}

async function publishMatch(
  context: CoordinatorContext,
  previewed: Previewed,
  match: RuleMatch<ImageDefinition>,
): Promise<void> {
  const { record } = previewed;
  if (isPublished(context, record, match)) return;
  if (match.image.contents === 'dockerfile') throw notBuilt(record, match);
  const published = await context.imageWork.use(() => publishPreview(context, previewed, match));
  recordPreview(context, record, { repository: match.repository, tag: match.tag, published });
  const { reference, digest } = published;
  say(context, record, { state: 'success', description: `${reference} ${digest.slice(0, 19)}` });
}

/** A Dockerfile of a pull request runs what its author likes, and here it would do so as the server. */
function notBuilt({ stack, ref }: PipelineRecord, { repository, tag }: RuleMatch<ImageDefinition>): SlipwayError {
  return coordinatorError('PUBLICATION_REFUSED', {
    ref,
    stack,
    reason: `\`${repository}:${tag}\` is made by a Dockerfile, and the server builds those of protected refs only`,
    remedy: 'Build it in a job of the pipeline.',
  });
}

function isOpen({ journey }: CoordinatorContext, { stack, request }: PipelineRecord): boolean {
  return request !== undefined && journey.request(stack, request)?.state === 'open';
}

/** Whether the preview is of this pipeline already, or of a later one that was faster. */
function isPublished(
  { journey }: CoordinatorContext,
  { stack, id }: PipelineRecord,
  { repository, tag }: Pick<Publication, 'repository' | 'tag'>,
): boolean {
  return journey
    .publications(stack, 'published')
    .some((one) => one.repository === repository && one.tag === tag && Number(one.pipeline) >= Number(id));
}

function recordPreview(
  { journey, clock }: CoordinatorContext,
  { stack, ref, head: commit, tree, id: pipeline }: PipelineRecord,
  { repository, tag, published }: Pick<Publication, 'repository' | 'tag'> & { readonly published: Published },
): void {
  const createdAt = timestamp(clock);
  const about = { stack, repository, tag, refType: 'pull-request', ref, commit, tree, pipeline, createdAt } as const;
  const { id } = journey.addPublication(about);
  journey.updatePublication(id, { ...published, state: 'published', finishedAt: createdAt });
}

interface Previewed {
  readonly stack: Stack;
  readonly record: PipelineRecord;
  /** Number of the pull request. */
  readonly request: string;
}

async function publishPreview(
  context: CoordinatorContext,
  { stack, record, request }: Previewed,
  { image: definition, repository, tag }: RuleMatch<ImageDefinition>,
) {
  const { sha: commit } = record;
  const locks = await testedLocks(context, record, { stack, definition, commit, withHistory: false });
  const [own, base] = [stack.mirror.root(`pr/${request}`), stack.mirror.root('')];
  const target = await context.imageTarget(repository);
  const images = await buildImages({
    locks,
    entries: await entriesOf({ own, base }, locks, definition),
    allowUnsigned: true,
    previous: target,
    tag,
    store: storeOver(own, base),
    definition,
    baseOptions: { credentialsFor: (registry) => context.registryCredentials(registry) },
    work: context.imageWork.path,
    files: filesAt(stack, record.sha),
    commit: record.head,
  });
  const sources = await mountSources(context, record.stack, target);
  return publishImage(await mountable(images, sources), target, {
    tag,
    moved: 'replace',
    beforeTag: () => tryImages(context, { stack: record.stack, definition, images }),
  });
}

async function entriesOf(
  { own, base }: { own: ObjectStore; base: ObjectStore },
  locks: readonly ImageLock[],
  definition: ImageDefinition,
): Promise<ReadonlyMap<string, PackageEntry>> {
  const entries = new Map<string, PackageEntry>();
  const read = { requireSignature: false };
  for (const node of locks.flatMap(({ lock }) => packagesOf(lock, contentsOf(definition)))) {
    const entry = (await readEntry(own, node, read)) ?? (await readEntry(base, node, read));
    if (entry !== undefined) entries.set(node.hash, entry);
  }
  return entries;
}

/** What a pull request's jobs see: its own root of the mirror, and the protected one below it. */
function storeOver(own: ObjectStore, base: ObjectStore): ObjectStore {
  return {
    url: `${own.url} over ${base.url}`.replaceAll('file://', ''),
    get: async (key) => (await own.get(key)) ?? base.get(key),
    open: async (key) => (await own.open(key)) ?? base.open(key),
    head: async (key) => (await own.head(key)) ?? base.head(key),
    put: (key, body, options) => own.put(key, body, options),
    list: (prefix) => own.list(prefix),
  };
}

function say(
  context: CoordinatorContext,
  { stack, head }: PipelineRecord,
  told: Pick<StatusRecord, 'state' | 'description'>,
): void {
  recordStatus(context, { ...told, stack, sha: head, context: previewContext, at: now(context) });
}
