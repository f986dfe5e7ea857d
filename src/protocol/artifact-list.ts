import * as z from 'zod';
import { Time } from './formats.ts';

export const ArtifactFile = z
  .object({
    name: z.string().describe('With `/` between folders, relative, without `..`; the name of a folder ends with `/`.'),
    size: z.number().int().describe('Bytes when unpacked.'),
    kind: z.enum(['file', 'folder', 'link']).describe('What it is.'),
  })
  .meta({ id: 'ArtifactFile', description: 'A file or folder in the archive of a job.' });
export type ArtifactFile = z.infer<typeof ArtifactFile>;

export const ArtifactList = z
  .object({
    size: z.number().int().describe('Bytes of the archive itself.'),
    expiresAt: Time.optional().describe('When it may be deleted; never, if absent.'),
    files: z.array(ArtifactFile).describe('The entries, in the order of the archive.'),
    more: z.boolean().describe('Whether the archive holds more than is listed.'),
  })
  .meta({ id: 'ArtifactList', description: 'What the archive of a job holds.' });
export type ArtifactList = z.infer<typeof ArtifactList>;
