import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { mirrorError } from '../errors.ts';
import type { ObjectInfo } from './object-store.ts';

// Entities other than XML's own five are never expanded: the answer comes from a server that may be anybody's.
const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: true, isArray: (name) => name === 'Contents' });

const Listing = z.object({
  ListBucketResult: z.object({
    IsTruncated: z.string().optional(),
    NextContinuationToken: z.string().optional(),
    Contents: z.array(z.object({ Key: z.string(), Size: z.string(), ETag: z.string().optional() })).optional(),
  }),
});

/** One page of ListObjectsV2. `next` is the token of the following page. */
export function readListing(
  text: string,
  place: { key: string; store: string },
): { objects: readonly ObjectInfo[]; next: string | undefined } {
  const result = Listing.safeParse(parse(text));
  if (!result.success) {
    throw mirrorError('MIRROR_STORE_REQUEST_FAILED', {
      method: 'LIST',
      ...place,
      reason: 'the answer is not a ListBucketResult',
    });
  }
  const listing = result.data.ListBucketResult;
  const objects = (listing.Contents ?? []).map((one) => ({
    key: one.Key,
    size: Number(one.Size),
    etag: one.ETag ?? '',
  }));
  return { objects, next: listing.IsTruncated === 'true' ? listing.NextContinuationToken : undefined };
}

/** S3's error document; empty texts where the answer is none (a HEAD has no body). */
export function readProblem(text: string): { code: string; text: string } {
  const problem = z
    .object({ Error: z.object({ Code: z.string(), Message: z.string().optional() }) })
    .safeParse(parse(text));
  if (!problem.success) return { code: '', text: '' };
  const { Code, Message } = problem.data.Error;
  return { code: Code, text: Message === undefined || Message === '' ? Code : `${Code}: ${Message}` };
}

function parse(text: string): unknown {
  try {
    return parser.parse(text);
  } catch {
    return undefined;
  }
}
