import { readYaml, type Diagnostic, type YamlSource } from '../../kit/index.ts';
import { readCdash, type CdashSection } from './cdash-section.ts';
import type { HostFacts } from './condition.ts';
import { followIn, namesIn, readDefinitions, type Definitions } from './definitions-section.ts';
import type { EnvironmentSpec } from './environment-expand.ts';
import { readSpecs } from './environment-specs.ts';
import { readSections, type EnvironmentKey, type Sections } from './environment-keys.ts';
import { readMirrors, type Mirror } from './mirrors-section.ts';
import type { SectionReader } from './section.ts';

/** The content of a `spack.yaml`. */
export interface Environment {
  /** All specs, definitions followed and matrices multiplied out, in the file's order. */
  readonly specs: readonly EnvironmentSpec[];
  readonly definitions: Definitions;
  readonly mirrors: readonly Mirror[];
  readonly cdash?: CdashSection;
  /**
   * Every section as it stands, by its plain name (`packages` also for `packages::`). Without
   * `mirrors`, which may hold credentials.
   */
  readonly raw: Readonly<Partial<Record<Exclude<EnvironmentKey, 'mirrors'>, unknown>>>;
}

export interface EnvironmentOptions {
  /** The machine that `when:` of definitions is evaluated for. */
  readonly host?: HostFacts;
  /** Definitions from other scopes of configuration, after the file's own. */
  readonly definitions?: readonly unknown[];
  /**
   * `false` leaves out definitions and specs, for callers that need only the other sections: those must not get lost
   * because a `when:` cannot be decided or a definition is in an included file.
   */
  readonly specs?: false;
}

interface EnvironmentResult {
  /** Missing if any diagnostic is an error. */
  readonly environment?: Environment;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a `spack.yaml` as Spack does, with all faults at their positions. `file` is for messages. */
export function readEnvironment(text: string, file: string, options: EnvironmentOptions = {}): EnvironmentResult {
  return readEnvironmentFrom(readYaml(text, file), options);
}

/** The same of a text that was parsed before. */
export function readEnvironmentFrom(source: YamlSource, options: EnvironmentOptions = {}): EnvironmentResult {
  if (source.diagnostics.length > 0) return { diagnostics: source.diagnostics };
  const reader: SectionReader = { source, faults: [] };
  const sections = readSections(reader);
  const environment = sections === undefined ? undefined : readContent(reader, sections, options);
  const isRefused = reader.faults.some((one) => one.severity === 'error');
  return { environment: isRefused ? undefined : environment, diagnostics: reader.faults };
}

const NOTHING = { path: [], value: undefined };

function readContent(reader: SectionReader, sections: Sections, options: EnvironmentOptions): Environment {
  const at = (key: EnvironmentKey) => sections.get(key) ?? NOTHING;
  const hasSpecs = options.specs !== false;
  const { path, value } = hasSpecs ? at('definitions') : NOTHING;
  const list = [...(Array.isArray(value) ? (value as readonly unknown[]) : []), ...(options.definitions ?? [])];
  const definitions = readDefinitions(reader, path, { list, facts: options.host ?? {} });
  const follow = followIn(reader, definitions, new Set(list.flatMap(namesIn)));
  const listed = hasSpecs ? at('specs') : NOTHING;
  const specs = readSpecs({ ...reader, follow }, listed.path, listed.value);
  const mirrors = readMirrors(reader, at('mirrors').path, at('mirrors').value);
  const cdash = at('cdash').value === undefined ? undefined : readCdash(reader, at('cdash').path);
  const raw = Object.fromEntries(
    [...sections].flatMap(([key, { value }]) => (key === 'mirrors' ? [] : [[key, value]])),
  ) as Environment['raw'];
  return { specs, definitions, mirrors, cdash, raw };
}
