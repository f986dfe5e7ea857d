import * as z from 'zod';
import { spackError } from '../errors.ts';
import { pythonJsonLines } from '../lock/python-json.ts';
import { readDocument } from '../lock/read-document.ts';

/** One blob of an entry. Digest and length are those of the stored bytes. Keys in Spack's order; others are kept. */
export const BlobRecord = z.looseObject({
  contentLength: z.number().int().nonnegative(),
  mediaType: z.string(),
  compression: z.enum(['gzip', 'none']),
  checksumAlgorithm: z.literal('sha256'),
  checksum: z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal'),
  /** Ours, on tarballs: digest of the uncompressed bytes, which is what an image calls the layer's `diff_id`. */
  diffId: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'not a digest of the form sha256:…')
    .optional(),
});
export type BlobRecord = z.infer<typeof BlobRecord>;

/** A v3 manifest of a build cache. A package's has its tarball first and its spec file second. */
export const BuildcacheManifest = z.looseObject({ version: z.literal(3), data: z.array(BlobRecord).min(1) });
export type BuildcacheManifest = z.infer<typeof BuildcacheManifest>;

/** The text of a manifest as Spack writes it: every token on a line of its own, no newline at the end. */
export function formatManifest(manifest: BuildcacheManifest): string {
  return pythonJsonLines(BuildcacheManifest.parse(manifest));
}

/** Reads a manifest's JSON (the payload, where it is signed). Throws BUILDCACHE_MANIFEST_INVALID. */
export function parseManifest(text: string): BuildcacheManifest {
  return readDocument(text, BuildcacheManifest, (fault, cause) =>
    spackError('BUILDCACHE_MANIFEST_INVALID', { fault }, { cause }),
  );
}
