import { join } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { contentsOf, factsReader, imagesOf, recordImages, smokeTest } from '../../image/index.ts';
import type { ImageDefinition, PublishOptions, RecordImagesOptions } from '../../image/index.ts';
import { readNamedFile } from '../../kit/index.ts';
import { readCosignKey } from '../../notary/index.ts';
import type { CommandContext } from '../command.ts';

export interface RecordFlags {
  /** File with the private key that signs the records. */
  readonly signKey?: string;
  /** `false`: the image is not tried. */
  readonly smoke?: boolean;
}

export interface BuiltImages extends Omit<RecordImagesOptions, 'created' | 'toolVersion' | 'build'> {
  readonly definition: ImageDefinition;
  /** Folder where what is known of layers is kept. */
  readonly work: string;
}

/** What a build of one's own does before the tag moves: the image is tried, and gets its records, signed if there is a key. */
export function beforeTag(
  built: BuiltImages,
  flags: RecordFlags,
  context: CommandContext,
): NonNullable<PublishOptions['beforeTag']> {
  return async () => {
    const { images, definition, work } = built;
    const facts = factsReader(join(work, 'facts'));
    for (const image of flags.smoke === false ? [] : imagesOf(images)) {
      const { smoke } = definition;
      const { notes } = await smokeTest(image, { smoke, facts, path: context.env.PATH, signal: context.signal });
      for (const note of notes) context.terminal.note(`note: ${note}; no program of the image loads it`);
    }
    await recordImages({
      ...built,
      contents: contentsOf(definition),
      // Nothing tells when the lock was tested; the same build is to have the same records.
      created: new Date(0),
      toolVersion: manifest.version,
      build: { builder: 'slipway image build', contents: definition.contents, root: definition.root },
      ...(await signerOf(flags, context)),
    });
  };
}

async function signerOf(
  { signKey }: RecordFlags,
  context: CommandContext,
): Promise<Pick<RecordImagesOptions, 'sign' | 'publicKey'>> {
  if (signKey === undefined) return {};
  const key = readCosignKey(await readNamedFile(signKey, context.cwd), context.env.COSIGN_PASSWORD ?? '');
  const { publicKey } = key;
  return { publicKey, sign: async (text) => ({ signature: key.sign(text), publicKey }) };
}
