import * as z from 'zod';
import { parseSpec, satisfies, type ConfigMapping, type Lockfile, type SpecNode } from '../../spack/index.ts';
import { generateError } from '../errors.ts';
import type { JobAttributes } from './job-attributes.ts';

/** The section `gitlab-ci` of Spack 0.13 to 0.18. */
export interface LegacySection {
  /** The first entry that matches counts, and only it. */
  readonly mappings: readonly LegacyMapping[];
  /** What counts for all jobs where their mapping says nothing. */
  readonly defaults: JobAttributes;
  /** Lists of compilers that are built first, by the names of their definitions. */
  readonly bootstrap: readonly string[];
  readonly finalIndex?: JobAttributes;
}

interface LegacyMapping {
  readonly match: readonly string[];
  readonly attributes: JobAttributes;
}

const lines = z.array(z.unknown());
const Runner = z.looseObject({
  tags: z.array(z.string()).optional(),
  image: z.unknown().optional(),
  variables: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  before_script: lines.optional(),
  script: lines.optional(),
  after_script: lines.optional(),
});
const Section = z.looseObject({
  ...Runner.shape,
  mappings: z.array(z.strictObject({ match: z.array(z.string()), 'runner-attributes': Runner.optional() })),
  bootstrap: z
    .array(z.union([z.string(), z.strictObject({ name: z.string(), 'compiler-agnostic': z.boolean().optional() })]))
    .optional(),
  'service-job-attributes': Runner.optional(),
  'final-stage-rebuild-index': Runner.optional(),
});

const attributeKeys = ['image', 'tags', 'variables', 'before_script', 'script', 'after_script'] as const;

export function readLegacySection(section: ConfigMapping): LegacySection {
  const result = Section.safeParse(section);
  if (!result.success) {
    const issue = result.error.issues[0];
    const place = ['gitlab-ci', ...(issue?.path ?? [])].map(String).join('.');
    throw generateError('GENERATE_CI_INVALID', { place, fault: issue?.message ?? 'it is not valid' });
  }
  const { mappings, bootstrap = [] } = result.data;
  const final = result.data['final-stage-rebuild-index'] ?? result.data['service-job-attributes'];
  return {
    mappings: mappings.map((one) => ({ match: one.match, attributes: chosen(one['runner-attributes'] ?? {}) })),
    defaults: chosen(result.data),
    bootstrap: bootstrap.map((one) => (typeof one === 'string' ? one : one.name)),
    ...(final === undefined ? {} : { finalIndex: chosen(final) }),
  };
}

/**
 * What one package's job gets; undefined where no mapping matches. Tags of both are joined, variables go by name,
 * everything else of the mapping stands instead of the default.
 */
export function legacyAttributes(section: LegacySection, node: SpecNode, lock: Lockfile): JobAttributes | undefined {
  const mapping = section.mappings.find((one) => one.match.some((text) => isMatch(node, text, lock)));
  return mapping === undefined ? undefined : overlay(section.defaults, mapping.attributes);
}

export function overlay(defaults: JobAttributes, specific: JobAttributes): JobAttributes {
  const tags = [...new Set([...listOf(defaults['tags']), ...listOf(specific['tags'])])];
  const variables = { ...(defaults['variables'] as object), ...(specific['variables'] as object) };
  return {
    ...defaults,
    ...specific,
    ...(tags.length > 0 ? { tags } : {}),
    ...(Object.keys(variables).length > 0 ? { variables } : {}),
  };
}

function isMatch(node: SpecNode, text: string, lock: Lockfile): boolean {
  return satisfies(node, parseSpec(text, { percent: 'compiler' }), lock.nodes);
}

function chosen(value: Readonly<Record<string, unknown>>): JobAttributes {
  return Object.fromEntries(attributeKeys.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]])));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
