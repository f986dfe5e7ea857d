import * as z from 'zod';
import { parseJson } from '../../kit/index.ts';
import type { Image } from '../../oci/index.ts';
import { baseOf } from '../publish/named-base.ts';

/** The reference by which a definition names this base. */
export const HOST_BASE = 'host';

/** A part of the machine's C runtime in an image: a package of the distribution, with the files of it that were taken. */
export const RuntimePart = z.object({
  name: z.string(),
  /** Unknown for files that belong to no package. */
  version: z.string().optional(),
  /** Package URL. */
  purl: z.string().optional(),
  /** SHA-256, hexadecimal, by absolute path. */
  files: z.record(z.string(), z.string()),
});
export type RuntimePart = z.infer<typeof RuntimePart>;

const CREATED_BY = 'C runtime of the building machine';

/** Returns what the history of a base says about its layer. Every image on this base inherits it. */
export function runtimeHistory(parts: readonly RuntimePart[]): {
  readonly created_by: string;
  readonly comment: string;
} {
  return { created_by: CREATED_BY, comment: JSON.stringify(parts) };
}

/** Returns the parts of a machine's C runtime that an image holds; none if its base is another one. */
export function runtimeIn(image: Image): readonly RuntimePart[] {
  if (baseOf(image)?.reference !== HOST_BASE) return [];
  const entry = image.config.history?.find((one) => one.created_by === CREATED_BY);
  return z
    .array(RuntimePart)
    .catch([])
    .parse(parseJson(entry?.comment ?? ''));
}
