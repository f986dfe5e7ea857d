import { XMLParser } from 'fast-xml-parser';
import * as z from 'zod';
import { mirrorError } from '../errors.ts';
import type { ObjectInfo } from './object-store.ts';

// Entities other than XML's own five are never expanded: the answer comes from a server that may be anybody's.
const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  isArray: (name) => ['Contents', 'Upload', 'Part'].includes(name),
});

const Listing = z.object({
  ListBucketResult: z.object({
    IsTruncated: z.string().optional(),
    NextContinuationToken: z.string().optional(),
    Contents: z
      .array(
        z.object({
          Key: z.string(),
          Size: z.string(),
          ETag: z.string().optional(),
          LastModified: z.string().optional(),
        }),
      )
      .optional(),
  }),
});

/** One page of ListObjectsV2. `next` is the token of the following page. */
export function readListing(
  text: string,
  request: { key: string; store: string },
): { objects: readonly ObjectInfo[]; next: string | undefined } {
  const listing = read(Listing, text)?.ListBucketResult;
  if (listing === undefined) {
    const reason = 'the answer is not a ListBucketResult';
    throw mirrorError('MIRROR_STORE_REQUEST_FAILED', { method: 'LIST', ...request, reason });
  }
  const objects = (listing.Contents ?? []).map((one) => ({
    key: one.Key,
    size: Number(one.Size),
    etag: plainEtag(one.ETag ?? ''),
    ...modifiedAt(one.LastModified),
  }));
  return { objects, next: listing.IsTruncated === 'true' ? listing.NextContinuationToken : undefined };
}

const Uploads = z.object({
  ListMultipartUploadsResult: z.object({
    Upload: z.array(z.object({ Key: z.string(), UploadId: z.string() })).optional(),
  }),
});

/** Multipart uploads that are under way, oldest first; none where the answer is no such list. */
export function readUploads(text: string): readonly { key: string; id: string }[] {
  const uploads = read(Uploads, text)?.ListMultipartUploadsResult.Upload ?? [];
  return uploads.map(({ Key, UploadId }) => ({ key: Key, id: UploadId }));
}

const Initiated = z.object({ InitiateMultipartUploadResult: z.object({ UploadId: z.string().min(1) }) });

export function readUploadId(text: string): string | undefined {
  return read(Initiated, text)?.InitiateMultipartUploadResult.UploadId;
}

const CopiedPart = z.object({ CopyPartResult: z.object({ ETag: z.string().min(1) }) });

/** The etag of a part that the service copied; undefined where the answer is none to such a request. */
export function readCopiedPart(text: string): string | undefined {
  const etag = read(CopiedPart, text)?.CopyPartResult.ETag;
  return etag && plainEtag(etag);
}

const Parts = z.object({
  ListPartsResult: z.object({
    IsTruncated: z.string().optional(),
    NextPartNumberMarker: z.string().optional(),
    Part: z.array(z.object({ PartNumber: z.string(), ETag: z.string(), Size: z.string() })).optional(),
  }),
});

/** One page of an upload's parts. */
export function readParts(text: string): {
  parts: readonly { number: number; etag: string; size: number }[];
  next: string | undefined;
} {
  const listed = read(Parts, text)?.ListPartsResult;
  const parts = (listed?.Part ?? []).map((one) => ({
    number: Number(one.PartNumber),
    etag: plainEtag(one.ETag),
    size: Number(one.Size),
  }));
  return { parts, next: listed?.IsTruncated === 'true' ? listed.NextPartNumberMarker : undefined };
}

const Problem = z.object({ Error: z.object({ Code: z.string(), Message: z.string().optional() }) });

/** S3's error document; empty texts where the answer is none (a HEAD has no body). */
export function readProblem(text: string): { code: string; text: string } {
  const { Code = '', Message = '' } = read(Problem, text)?.Error ?? {};
  return { code: Code, text: Message === '' ? Code : `${Code}: ${Message}` };
}

/** The time of a listing or of a `Last-Modified` header, as `ObjectInfo` has it. */
export function modifiedAt(text: string | null | undefined): { modified?: number } {
  const modified = Date.parse(text ?? '');
  return Number.isNaN(modified) ? {} : { modified };
}

/** Some servers write the quotes as numbers, which the parser leaves as they are. */
function plainEtag(text: string): string {
  return text.replaceAll('&#34;', '"');
}

function read<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(parser.parse(text)).data;
  } catch {
    return undefined;
  }
}
