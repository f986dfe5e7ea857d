import * as z from 'zod';

export const ImageRecord = z
  .object({
    name: z.enum(['spdx', 'cyclonedx', 'provenance']).describe('A bill of materials, or the provenance.'),
    size: z.number().int().describe('Bytes.'),
  })
  .meta({ id: 'ImageRecord', description: 'A record that is attached to an image.' });
export type ImageRecord = z.infer<typeof ImageRecord>;

export const PlatformRecords = z
  .object({
    platform: z.string().describe('`linux/arm64/v8`'),
    digest: z.string().describe('Digest of the manifest for the platform.'),
    findings: z.array(z.string()).describe('What is wrong with its signature and records.'),
    entries: z.number().int().describe('How many signed packages of the mirror the provenance names.'),
    records: z.array(ImageRecord).describe('Records that can be downloaded.'),
  })
  .meta({ id: 'PlatformRecords', description: 'Records of an image for one platform.' });
export type PlatformRecords = z.infer<typeof PlatformRecords>;

export const ImageRecords = z
  .object({
    state: z
      .enum(['verified', 'unsigned', 'invalid'])
      .describe('`unsigned`: a preview, or a server without a key for images; `invalid`: `findings` have the reasons.'),
    key: z.string().optional().describe('Public keys that it was verified with (PEM).'),
    findings: z.array(z.string()).describe('What is wrong with the index of several platforms.'),
    platforms: z.array(PlatformRecords).describe('Records for each platform.'),
  })
  .meta({ id: 'ImageRecords', description: 'Signature and records of a published image, verified now.' });
export type ImageRecords = z.infer<typeof ImageRecords>;
