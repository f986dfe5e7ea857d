import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  contentsOf,
  factsReader,
  imagesOf,
  recordImages,
  smokeTest,
  topOf,
  type ImageDefinition,
  type ImageLock,
  type ImageTarget,
  type PackageEntry,
  type PublishOptions,
  type Publishable,
} from '../../image/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import type { ImageSigningRequest } from '../../notary/index.ts';
import type { ImagePublishing, ImageTrials, PipelineFiles, Stack } from '../context.ts';
import { notaryLockName, recordedLocks } from '../locks/lock-record.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { Publication } from './publication-ledger.ts';

export interface TestedImages {
  readonly stack: Stack;
  readonly publication: Publication;
  /** The pipeline that tested the locks. */
  readonly record: PipelineRecord;
  readonly definition: ImageDefinition;
  readonly images: Publishable;
  readonly target: ImageTarget;
  readonly locks: readonly ImageLock[];
  readonly entries: ReadonlyMap<string, PackageEntry>;
  readonly store: ObjectStore;
  readonly source: string | undefined;
}

/** Returns what happens to an uploaded image before a tag names it: it is tested, then recorded and signed. */
export function beforeTag(context: ImagePublishing, tested: TestedImages): NonNullable<PublishOptions['beforeTag']> {
  return async () => {
    const untrusted = tested.record.trust !== 'protected';
    await tryImages(context, { ...tested, stack: tested.publication.stack, untrusted });
    await recordTested(context, tested);
  };
}

interface Tried {
  readonly stack: string;
  readonly definition: ImageDefinition;
  readonly images: Publishable;
  /** Whether the packages come from a change that is not merged. */
  readonly untrusted: boolean;
}

/**
 * Looks for missing libraries, and runs the commands of `smoke`; throws for the first thing that is not as it should
 * be.
 */
export async function tryImages(context: ImageTrials, { stack, definition, images, untrusted }: Tried): Promise<void> {
  const { smoke, base } = definition;
  const facts = factsReader({ folder: join(context.imageWork.path, 'facts') });
  for (const image of imagesOf(images)) {
    const options = { smoke, facts, temporary: context.folder.temporary, untrusted, mode: context.sandbox };
    const { missingInBase, notes, unsandboxed } = await smokeTest(image, options);
    if (unsandboxed !== undefined)
      context.log.warn(
        { stack, reason: unsandboxed },
        'the commands of `smoke` ran without a sandbox: none works, and a runner has `sandbox: never`',
      );
    if (notes.length > 0)
      context.log.info({ stack, notes }, 'libraries that no program of the image loads lack others');
    if (missingInBase > 0)
      context.log.warn({ stack, base, missing: missingInBase }, 'programs of the base image lack libraries');
  }
}

async function recordTested(context: ImagePublishing, tested: TestedImages): Promise<void> {
  const { stack, publication, record: pipeline, definition } = tested;
  const { rebase } = publication;
  const baseUrl = context.baseUrl();
  const { imageKey } = await stack.notary.knownKeys();
  if (imageKey === undefined)
    context.log.warn(
      { stack: publication.stack },
      'no key for images is configured; the image has bills of materials, but no signature',
    );
  const sign = async (payload: string) =>
    stack.notary.signImage({
      stack: publication.stack,
      pipeline: pipeline.id,
      payload,
      locks: lockReferences(context, tested),
      documents: await documentsOf(tested.images),
    });
  await recordImages({
    ...tested,
    // A Dockerfile gets the mirror of the whole lock.
    contents: definition.contents === 'dockerfile' ? 'mirror' : contentsOf(definition),
    commit: publication.commit,
    // A rebase has the time of its request, so that another attempt has the same records.
    created: new Date((rebase === undefined ? pipeline.finishedAt : publication.createdAt) ?? 0),
    rebase,
    toolVersion: context.version,
    mirror: `${baseUrl}/mirrors/${publication.stack}`,
    build: {
      builder: baseUrl,
      contents: definition.contents,
      root: definition.root,
      ref: publication.ref,
      pipeline: pipeline.id,
      invocation: `${baseUrl}/pipelines/${pipeline.id}`,
      promotedFrom: (tarball) => context.promotions.promotionOf(publication.stack, tarball)?.fromPipeline,
    },
    publicKey: imageKey,
    sign: imageKey === undefined ? undefined : sign,
  });
}

/** The locks of the image under the names by which the notary has signed packages of them. */
function lockReferences(
  context: PipelineFiles,
  { record: pipeline, locks }: TestedImages,
): ImageSigningRequest['locks'] {
  const recorded = recordedLocks(context, pipeline);
  return locks.map(({ digest }) => {
    const found = recorded.find((one) => one.digest === digest);
    const name = found && notaryLockName(pipeline, found);
    return { digest, name, readLock: () => readFile(context.folder.lock(digest), 'utf8') };
  });
}

/** What the notary must read to see what an image is made of. */
async function documentsOf(images: Publishable): Promise<readonly string[]> {
  const documents = new Set([topOf(images).bytes.toString('utf8')]);
  for (const { manifest, blobs } of imagesOf(images)) {
    documents.add(manifest.bytes.toString('utf8'));
    const [config] = blobs;
    if (config !== undefined) documents.add(await text(await config.open()));
  }
  return [...documents];
}
