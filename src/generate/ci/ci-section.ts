import * as z from 'zod';
import { withColon, type ConfigMapping } from '../../spack/index.ts';
import { didYouMean } from '../../kit/index.ts';
import { generateError } from '../errors.ts';

/**
 * The jobs that a rule can be for; `any` is every job, `build` each package's. Spack knows `cleanup`, and has no such
 * job.
 */
const namedJobs = ['any', 'build', 'copy', 'cleanup', 'noop', 'reindex', 'signing'] as const;
export type NamedJob = (typeof namedJobs)[number];

/** Attributes that a rule adds or removes, as written: their keys may end in `::`, `+:` or `-:`. */
export interface AttributeChange {
  readonly merge?: ConfigMapping;
  readonly remove?: ConfigMapping;
}

/** One entry of `pipeline-gen`. */
export type PipelineRule =
  | (AttributeChange & { readonly kind: 'named'; readonly job: NamedJob })
  | {
      readonly kind: 'submapping';
      readonly onlyOne: boolean;
      readonly entries: readonly (AttributeChange & { readonly match: readonly string[] })[];
    }
  | { readonly kind: 'dynamic'; readonly mapping: DynamicMapping };

export interface CiSection {
  readonly rules: readonly PipelineRule[];
  readonly rebuildIndex: boolean;
  readonly brokenSpecsUrl?: string;
  /** Keys that Spack ignores, and that are probably misspelt. */
  readonly misspelt: readonly { readonly key: string; readonly hint: string }[];
}

const attributes = z.record(z.string(), z.unknown());
const SubmappingItem = z.strictObject({
  match: z.array(z.preprocess(withColon, z.string())),
  'build-job': attributes.optional(),
  'build-job-remove': attributes.optional(),
});
const keys = z.array(z.string()).default([]);
const DynamicMapping = z
  .strictObject({
    endpoint: z.string(),
    name: z.string().optional(),
    /** Seconds. */
    timeout: z.number().min(0).default(1),
    verify_ssl: z.boolean().optional(),
    header: z.record(z.string(), z.string()).default({}),
    allow: keys,
    require: keys,
    ignore: keys,
  })
  .refine(({ require, ignore }) => !require.some((key) => ignore.includes(key)), 'a key is both required and ignored');
export type DynamicMapping = z.infer<typeof DynamicMapping>;

const Item = z.looseObject({
  submapping: z.array(SubmappingItem).optional(),
  match_behavior: z.enum(['first', 'merge']).default('first'),
  'dynamic-mapping': DynamicMapping.optional(),
});
const Section = z.looseObject({
  'pipeline-gen': z.array(Item).default([]),
  'rebuild-index': z.boolean().default(true),
  'broken-specs-url': z.string().optional(),
  'broken-tests-packages': z.array(z.string()).optional(),
  target: z.literal('gitlab', 'only pipelines for gitlab are made').optional(),
});

/** Reads the section `ci` (Spack 0.19 to 1.x), put together from all scopes. */
export function readCiSection(section: ConfigMapping): CiSection {
  const checked = checkCiSection('ci', section, Section);
  return {
    rules: checked['pipeline-gen'].map(readRule),
    rebuildIndex: checked['rebuild-index'],
    brokenSpecsUrl: checked['broken-specs-url'],
    misspelt: Object.keys(section).flatMap((key) => {
      const name = key.replace(/:+$/, '');
      const hint = name in Section.shape ? undefined : didYouMean(name, Object.keys(Section.shape));
      return hint === undefined ? [] : [{ key: name, hint }];
    }),
  };
}

/** Returns a section in the form of its schema. Throws GENERATE_CI_INVALID with the place of its first fault. */
export function checkCiSection<T>(name: string, section: ConfigMapping, schema: z.ZodType<T>): T {
  const { success, data, error } = schema.safeParse(section);
  if (success) return data;
  const [issue] = error.issues;
  throw generateError('GENERATE_CI_INVALID', {
    place: [name, ...(issue?.path ?? [])].map(String).join('.'),
    fault: issue?.message,
  });
}

function readRule(item: z.infer<typeof Item>, index: number): PipelineRule {
  const { submapping, match_behavior: behavior, 'dynamic-mapping': mapping } = item;
  const job = namedJobs.find((name) => `${name}-job` in item || `${name}-job-remove` in item);
  if (job !== undefined) return { kind: 'named', job, ...changeIn(item, `${job}-job`) };
  if (submapping !== undefined) {
    const entries = submapping.map((one) => ({ match: one.match, ...changeIn(one, 'build-job') }));
    return { kind: 'submapping', onlyOne: behavior === 'first', entries };
  }
  if (mapping !== undefined) return { kind: 'dynamic', mapping };
  const known = [...namedJobs.map((name) => `${name}-job`), 'submapping', 'dynamic-mapping'];
  const [meant] = Object.keys(item).flatMap((key) => didYouMean(key, known) ?? []);
  const fault = `it has none of ${known.join(', ')}`;
  throw generateError('GENERATE_CI_INVALID', { place: `ci.pipeline-gen.${index}`, fault }, { hint: meant });
}

function changeIn(item: ConfigMapping, key: string): AttributeChange {
  const [merge, remove] = [item[key], item[`${key}-remove`]] as readonly (ConfigMapping | null | undefined)[];
  return { merge: merge ?? undefined, remove: remove ?? undefined };
}
