import { isRecord, type YamlPath } from '../../kit/index.ts';
import { describeValue, report, type SectionReader } from './section.ts';

type Shape = 'a list' | 'a mapping' | 'a text' | 'true or false';

/** What may stand below `spack:`, and as what. Source: Spack's environment schemas of 0.16 to 1.2. */
const keys = {
  bootstrap: ['a mapping'],
  cdash: ['a mapping'],
  ci: ['a mapping'],
  compilers: ['a list'],
  concretization: ['a text'],
  concretizer: ['a mapping'],
  config: ['a mapping'],
  container: ['a mapping'],
  definitions: ['a list'],
  develop: ['a mapping'],
  env_vars: ['a mapping'],
  'gitlab-ci': ['a mapping'],
  include: ['a list', 'a mapping'],
  include_concrete: ['a list'],
  mirrors: ['a mapping'],
  modules: ['a mapping'],
  packages: ['a mapping'],
  repos: ['a list', 'a mapping'],
  specs: ['a list'],
  toolchains: ['a mapping'],
  upstreams: ['a mapping'],
  view: ['true or false', 'a text', 'a mapping'],
} as const satisfies Record<string, readonly Shape[]>;

export type EnvironmentKey = keyof typeof keys;

/** Whether Spack has a section of this name. */
export function isEnvironmentKey(name: string): name is EnvironmentKey {
  return Object.hasOwn(keys, name);
}

/** The sections that are not empty, by their plain names, with their paths. */
export type Sections = ReadonlyMap<EnvironmentKey, { readonly path: YamlPath; readonly value: unknown }>;

/** Finds the sections below `spack:` (or its old name, `env:`); undefined where there is none. */
export function readSections(reader: SectionReader): Sections | undefined {
  const { value } = reader.source;
  if (!isRecord(value)) return missing(reader);
  for (const key of Object.keys(value).filter((one) => one !== 'spack' && one !== 'env')) {
    const details = { what: 'The file', key, known: 'spack' };
    report(reader, [key], { code: 'ENVIRONMENT_KEY_UNKNOWN', details });
  }
  const top = 'spack' in value ? 'spack' : 'env';
  if ('env' in value) report(reader, ['env'], { code: 'ENVIRONMENT_KEY_OLD', details: {}, severity: 'warning' });
  if (!(top in value)) return missing(reader);
  const content = value[top] ?? {};
  if (isRecord(content)) return collect(reader, top, content);
  const details = { what: `\`${top}\``, expected: 'a mapping', found: describeValue(content) };
  report(reader, [top], { code: 'ENVIRONMENT_SHAPE', details });
  return undefined;
}

function collect(reader: SectionReader, top: string, content: Readonly<Record<string, unknown>>): Sections {
  const sections = new Map<EnvironmentKey, { path: YamlPath; value: unknown }>();
  for (const [written, value] of Object.entries(content)) {
    // A doubled colon (`packages::`) is how Spack overrides other scopes; + and - prepend and append.
    const key = written.replace(/[:+-]$/, '');
    const path = [top, written];
    if (!isEnvironmentKey(key)) {
      const details = { what: `\`${top}\``, key: written, known: Object.keys(keys).join(', ') };
      report(reader, path, { code: 'ENVIRONMENT_KEY_UNKNOWN', details });
    } else if (value !== null && value !== undefined) {
      if (hasShape(value, keys[key])) sections.set(key, { path, value });
      else {
        const details = { what: `\`${key}\``, expected: keys[key].join(' or '), found: describeValue(value) };
        report(reader, path, { code: 'ENVIRONMENT_SHAPE', details });
      }
    }
  }
  return sections;
}

function hasShape(value: unknown, shapes: readonly Shape[]): boolean {
  if (typeof value === 'boolean') return shapes.includes('true or false');
  return shapes.includes(describeValue(value) as Shape);
}

function missing(reader: SectionReader): undefined {
  report(reader, [], { code: 'ENVIRONMENT_KEY_MISSING', details: {} });
}
