import { join } from 'node:path';
import { growElf, readEntries, type ObjectStore, type ReadOptions } from '../mirror/index.ts';
import { registryCredentials, type NamedImage } from '../oci/index.ts';
import { buildImages, contentsOf, type BuildOptions } from './build-images.ts';
import type { ImageDefinition } from './definition.ts';
import { factsReader } from './facts/facts-cache.ts';
import { folderFiles } from './folder-files.ts';
import type { ImageLock } from './image-lock.ts';
import { packagesOf } from './plan.ts';
import { imagesOf, type Publishable } from './publish/publishable.ts';
import { publishImage, type Published, type PublishOptions } from './publish/publish.ts';
import { recordImages, type RecordImagesOptions } from './records/record-images.ts';
import { smokeTest } from './smoke/smoke-test.ts';

interface BuildPublishedOptions
  extends
    Pick<RecordImagesOptions, 'sign' | 'publicKey' | 'toolVersion'>,
    Pick<BuildOptions, 'allowUnsigned' | 'commit' | 'work'> {
  readonly definition: ImageDefinition;
  /** The stack's folder, for the files and the base that the definition names. */
  readonly folder: string;
  readonly locks: readonly ImageLock[];
  readonly store: ObjectStore;
  readonly read: ReadOptions;
  readonly output: NamedImage;
  /** For the credentials of the base's registry, and PATH for what runs the commands of `smoke`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isSmokeTested: boolean;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
  readonly onBytes?: PublishOptions['onBytes'];
}

/** Builds the images of locks without a server, tries them, attaches their records, and publishes them. */
export async function buildPublished(options: BuildPublishedOptions): Promise<Published> {
  const { definition, folder, locks, store, read, output, env, signal } = options;
  const nodes = locks.flatMap(({ lock }) => packagesOf(lock, contentsOf(definition)));
  const entries = await readEntries([store], nodes, read);
  const images = await buildImages({
    ...options,
    entries,
    mirror: { read },
    growElf,
    previous: output.target,
    tag: output.reference,
    files: folderFiles(folder),
    baseOptions: { folder, registry: { signal }, credentialsFor: (registry) => registryCredentials(registry, env) },
  });
  return publishImage(images, output.target, {
    tag: output.reference,
    moved: definition.moved,
    onBytes: options.onBytes,
    beforeTag: async () => {
      if (options.isSmokeTested) await smokeTestAll(images, options);
      await recordImages({
        ...options,
        images,
        entries,
        target: output.target,
        contents: contentsOf(definition),
        // It is not known when the lock was tested, and the same build must have the same records.
        created: new Date(0),
        build: { builder: 'slipway image build', contents: definition.contents, root: definition.root },
      });
    },
  });
}

async function smokeTestAll(
  images: Publishable,
  { definition: { smoke }, work, signal, note }: BuildPublishedOptions,
): Promise<void> {
  const facts = factsReader({ folder: join(work, 'facts') });
  for (const image of imagesOf(images)) {
    const { notes } = await smokeTest(image, { smoke, facts, signal });
    for (const one of notes) note(`note: ${one}; no program of the image loads it`);
  }
}
