import type { NamedImage } from '../../oci/index.ts';
import { copyRecords } from '../records/copy-records.ts';
import { imagesOf, readPublished, topOf } from './publishable.ts';
import { publishImage, type Published, type PublishOptions } from './publish.ts';

/** Copies an image, or an index with its images, and all records. Only what the target lacks is sent. */
export async function copyImage(
  from: NamedImage,
  to: NamedImage,
  { onBytes }: Pick<PublishOptions, 'onBytes'> = {},
): Promise<Published> {
  const what = await readPublished(from.target, from.reference);
  const manifests = new Set([...imagesOf(what).map(({ manifest }) => manifest), topOf(what)]);
  const beforeTag = async () => {
    for (const { descriptor } of manifests) await copyRecords(from.target, to.target, descriptor.digest);
  };
  return publishImage(what, to.target, { tag: to.reference, beforeTag, onBytes });
}
