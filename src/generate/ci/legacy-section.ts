import * as z from 'zod';
import { parseSpec, satisfies, type ConfigMapping, type Lockfile, type SpecNode } from '../../spack/index.ts';
import { checkCiSection } from './ci-section.ts';
import type { JobAttributes, MatchedRules } from './job-attributes.ts';

/** The section `gitlab-ci` of Spack 0.13 to 0.18. */
export interface LegacySection {
  /** The first entry that matches counts, and only it. */
  readonly mappings: readonly { readonly match: readonly string[]; readonly attributes: JobAttributes }[];
  /** Attributes of all jobs, unless their mapping has others. */
  readonly defaults: JobAttributes;
  /** Lists of compilers that are built first, by the names of their definitions. */
  readonly bootstrap: readonly string[];
  readonly finalIndex?: JobAttributes;
}

const lines = z.array(z.unknown()).optional();
const attributes = {
  image: z.unknown().optional(),
  tags: z.array(z.string()).optional(),
  variables: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  before_script: lines,
  script: lines,
  after_script: lines,
};
/** Keys that belong to no job are left out. */
const Attributes = z.object(attributes);
const Section = z.object({
  ...attributes,
  mappings: z.array(z.strictObject({ match: z.array(z.string()), 'runner-attributes': Attributes.optional() })),
  bootstrap: z
    .array(z.union([z.string(), z.strictObject({ name: z.string(), 'compiler-agnostic': z.boolean().optional() })]))
    .default([]),
  'service-job-attributes': Attributes.optional(),
  'final-stage-rebuild-index': Attributes.optional(),
});

export function readLegacySection(section: ConfigMapping): LegacySection {
  const {
    mappings,
    bootstrap,
    'service-job-attributes': service,
    'final-stage-rebuild-index': finalIndex = service,
    ...defaults
  } = checkCiSection('gitlab-ci', section, Section);
  return {
    mappings: mappings.map((one) => ({ match: one.match, attributes: one['runner-attributes'] ?? {} })),
    defaults,
    bootstrap: bootstrap.map((one) => (typeof one === 'string' ? one : one.name)),
    finalIndex,
  };
}

/**
 * Returns a function that finds the mapping of a package: the first that matches. `base` are the attributes of a job
 * unless the section has others.
 */
export function legacyRules(
  { mappings, defaults }: LegacySection,
  lock: Lockfile,
  base: JobAttributes,
): (node: SpecNode) => MatchedRules | undefined {
  const rules = mappings.map(({ match, attributes }, index) => {
    const found = { ...base, ...withLegacyAttributes(defaults, attributes) };
    const apply: MatchedRules['apply'] = (variables) => withLegacyAttributes(found, { variables });
    return { match, key: String(index), apply };
  });
  return (node) => rules.find(({ match }) => match.some((text) => isLegacyMatch(node, text, lock)));
}

/** Joins the tags of both and merges the variables by name; of everything else the specific one counts. */
export function withLegacyAttributes(defaults: JobAttributes, specific: JobAttributes): JobAttributes {
  const tags = [...new Set([defaults['tags'] ?? [], specific['tags'] ?? []].flat())];
  const variables = { ...(defaults['variables'] as object), ...(specific['variables'] as object) };
  return {
    ...defaults,
    ...specific,
    ...(tags.length > 0 ? { tags } : {}),
    ...(Object.keys(variables).length > 0 ? { variables } : {}),
  };
}

/** Whether a package is what a spec of such a section names. */
export function isLegacyMatch(node: SpecNode, text: string, lock: Lockfile): boolean {
  return satisfies(node, parseSpec(text, { percent: 'compiler' }), lock.nodes);
}
