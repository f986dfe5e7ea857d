import * as z from 'zod';
import { withColon, type ConfigMapping } from '../../spack/index.ts';
import { generateError } from '../errors.ts';

/**
 * The jobs that a rule can be for; `any` is every job, `build` each package's. Spack knows `cleanup`, and has no such
 * job.
 */
const namedJobs = ['any', 'build', 'copy', 'cleanup', 'noop', 'reindex', 'signing'] as const;
export type NamedJob = (typeof namedJobs)[number];

/** One entry of `pipeline-gen`. Attributes are as written: their keys may end in `::`, `+:` or `-:`. */
export type PipelineRule =
  | { readonly kind: 'named'; readonly job: NamedJob; readonly merge?: ConfigMapping; readonly remove?: ConfigMapping }
  | { readonly kind: 'submapping'; readonly onlyOne: boolean; readonly entries: readonly SubmappingEntry[] }
  | { readonly kind: 'dynamic'; readonly mapping: DynamicMapping };

interface SubmappingEntry {
  readonly match: readonly string[];
  readonly merge?: ConfigMapping;
  readonly remove?: ConfigMapping;
}

export interface DynamicMapping {
  readonly endpoint: string;
  readonly name?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly verifySsl: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly allow: readonly string[];
  readonly require: readonly string[];
  readonly ignore: readonly string[];
}

export interface CiSection {
  readonly rules: readonly PipelineRule[];
  readonly rebuildIndex: boolean;
  readonly brokenSpecsUrl?: string;
  readonly brokenTestsPackages: readonly string[];
}

const attributes = z.record(z.string(), z.unknown());
const SubmappingItem = z.strictObject({
  match: z.array(z.preprocess(withColon, z.string())),
  'build-job': attributes.optional(),
  'build-job-remove': attributes.optional(),
});
const Dynamic = z.strictObject({
  endpoint: z.string(),
  name: z.string().optional(),
  timeout: z.number().min(0).optional(),
  verify_ssl: z.boolean().optional(),
  header: z.record(z.string(), z.string()).optional(),
  allow: z.array(z.string()).optional(),
  require: z.array(z.string()).optional(),
  ignore: z.array(z.string()).optional(),
});
const Item = z.looseObject({
  submapping: z.array(SubmappingItem).optional(),
  match_behavior: z.enum(['first', 'merge']).optional(),
  'dynamic-mapping': Dynamic.optional(),
});
const Section = z.looseObject({
  'pipeline-gen': z.array(Item).optional(),
  'rebuild-index': z.boolean().optional(),
  'broken-specs-url': z.string().optional(),
  'broken-tests-packages': z.array(z.string()).optional(),
  target: z.string().optional(),
});

/** Reads the section `ci` (Spack 0.19 to 1.x), put together from all scopes. */
export function readCiSection(section: ConfigMapping): CiSection {
  const result = Section.safeParse(section);
  if (!result.success) {
    const issue = result.error.issues[0];
    const place = ['ci', ...(issue?.path ?? [])].map(String).join('.');
    throw generateError('GENERATE_CI_INVALID', { place, fault: issue?.message ?? 'it is not valid' });
  }
  const { target = 'gitlab', 'broken-specs-url': brokenSpecsUrl } = result.data;
  if (target !== 'gitlab') {
    throw generateError('GENERATE_CI_INVALID', { place: 'ci.target', fault: `pipelines for ${target} are not made` });
  }
  return {
    rules: (result.data['pipeline-gen'] ?? []).map(readRule),
    rebuildIndex: result.data['rebuild-index'] ?? true,
    brokenSpecsUrl,
    brokenTestsPackages: result.data['broken-tests-packages'] ?? [],
  };
}

function readRule(item: z.infer<typeof Item>, index: number): PipelineRule {
  const { submapping, 'dynamic-mapping': dynamic } = item;
  const job = namedJobs.find((name) => `${name}-job` in item || `${name}-job-remove` in item);
  if (job !== undefined) return { kind: 'named', job, ...partsOf(item, `${job}-job`) };
  if (submapping !== undefined) {
    const entries = submapping.map((one) => ({ match: one.match, ...partsOf(one, 'build-job') }));
    return { kind: 'submapping', onlyOne: (item.match_behavior ?? 'first') === 'first', entries };
  }
  if (dynamic !== undefined) return { kind: 'dynamic', mapping: readDynamic(dynamic, index) };
  const known = [...namedJobs.map((name) => `${name}-job`), 'submapping', 'dynamic-mapping'].join(', ');
  const fault = `it has none of ${known}`;
  throw generateError('GENERATE_CI_INVALID', { place: `ci.pipeline-gen.${index}`, fault });
}

function partsOf(
  item: ConfigMapping,
  key: string,
): { readonly merge?: ConfigMapping; readonly remove?: ConfigMapping } {
  const [merge, remove] = [item[key], item[`${key}-remove`]] as readonly (ConfigMapping | undefined | null)[];
  return { ...(merge ? { merge } : {}), ...(remove ? { remove } : {}) };
}

function readDynamic(mapping: z.infer<typeof Dynamic>, index: number): DynamicMapping {
  const { endpoint, name, timeout, header = {}, allow = [], require = [], ignore = [] } = mapping;
  const clash = require.find((key) => ignore.includes(key));
  if (clash !== undefined) {
    const place = `ci.pipeline-gen.${index}.dynamic-mapping`;
    throw generateError('GENERATE_CI_INVALID', { place, fault: `\`${clash}\` is both required and ignored` });
  }
  return {
    endpoint,
    name,
    timeout,
    verifySsl: mapping.verify_ssl ?? true,
    headers: header,
    allow: allow.length === 0 ? [] : [...new Set([...allow, ...require])],
    require,
    ignore,
  };
}
