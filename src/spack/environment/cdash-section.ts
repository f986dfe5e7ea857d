import * as z from 'zod';
import type { YamlPath } from '../../kit/index.ts';
import { checkSection, type SectionReader } from './section.ts';

/** Where build results are reported; what is missing comes from the server's configuration. */
export interface CdashSection {
  readonly buildGroup: string;
  readonly url?: string;
  readonly project?: string;
  readonly site?: string;
}

const Cdash = z.strictObject({
  'build-group': z.string().min(1),
  url: z.string().optional(),
  project: z.string().optional(),
  site: z.string().optional(),
});

/** Reads `cdash`. Source: Spack's schema; `build-group` is required in all versions. */
export function readCdash(reader: SectionReader, path: YamlPath): CdashSection | undefined {
  const section = checkSection(reader, path, Cdash);
  if (section === undefined) return undefined;
  const { 'build-group': buildGroup, ...rest } = section;
  return { buildGroup, ...rest };
}
