import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { exists, hasCode, isRecord, readYaml, textlessSource, type Diagnostic } from '../../kit/index.ts';
import {
  mergeScopes,
  readEnvironmentFrom,
  type CdashSection,
  type ConfigMapping,
  type Environment,
  type HostFacts,
  type Mirror,
} from '../../spack/index.ts';
import { generateError } from '../errors.ts';
import { readIncludes, type IncludeContext } from './includes.ts';
import { machineHost } from './machine-host.ts';
import { readScope } from './read-scope.ts';

/** What a stack asks for, its own file and all that it includes put together. */
export interface StackFiles {
  readonly environment: Environment;
  readonly mirrors: readonly Mirror[];
  readonly ci?: ConfigMapping;
  /** The section's name up to Spack 0.18, with rules of its own. */
  readonly gitlabCi?: ConfigMapping;
  readonly cdash?: CdashSection;
  /** Folders and files of configuration beside the environment, the one that counts most first. */
  readonly scopes: readonly StackScope[];
  readonly warnings: readonly Diagnostic[];
}

export interface StackScope {
  /** Absolute. */
  readonly place: string;
  /** The stack names it by its place on every machine, not by how it lies to the stack. */
  readonly isAbsolute: boolean;
}

interface StackOptions {
  /**
   * Further places of configuration; later ones count more, as Spack's `-C`, and of each the folder of the host's
   * platform in it, if there is one. All count less than the environment.
   */
  readonly configScopes?: readonly string[];
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** What conditions (`when`) are about: this machine, if nothing else is given. */
  readonly host?: HostFacts;
}

const NESTED = 16;

/** Reads the `spack.yaml` of a folder with its includes and further scopes. */
export async function readStack(folder: string, options: StackOptions = {}): Promise<StackFiles> {
  const { configScopes = [], variables = {} } = options;
  const host = { ...(options.host ?? (await machineHost())), env: variables };
  const file = join(folder, 'spack.yaml');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw hasCode(error, 'ENOENT')
      ? generateError('GENERATE_ENVIRONMENT_MISSING', { folder }, { cause: error })
      : error;
  });
  const source = readYaml(text, file);
  const own = ownSections(source.value);
  const context = { folder: resolve(folder), variables, host };
  const included = await followIncludes(own['include'], { ...context, nesting: 0 });
  const given = await Promise.all(configScopes.toReversed().map((place) => givenScopes(place, context)));
  const scopes = [...included, ...given.flat()];
  const definitions = scopes.flatMap(({ sections }) => listOf(sections['definitions']));
  const { environment, diagnostics } = readEnvironmentFrom(source, { host, definitions });
  const fault = diagnostics.find((one) => one.severity === 'error');
  if (environment === undefined) {
    const details = { file, line: fault?.line ?? 1, fault: fault?.message ?? 'it cannot be read' };
    throw generateError('GENERATE_ENVIRONMENT_INVALID', details);
  }
  return { ...putTogether([own, ...scopes.map((one) => one.sections)]), environment, ...describe(scopes, diagnostics) };
}

interface Scope extends StackScope {
  readonly sections: ConfigMapping;
}

function describe(scopes: readonly Scope[], warnings: readonly Diagnostic[]): Pick<StackFiles, 'scopes' | 'warnings'> {
  return { scopes: scopes.map(({ place, isAbsolute }) => ({ place, isAbsolute })), warnings };
}

/** The file's sections as they stand; none where it has faults, which its own reader tells. */
function ownSections(value: unknown): ConfigMapping {
  const sections = isRecord(value) ? (value['spack'] ?? value['env']) : undefined;
  return isRecord(sections) ? sections : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An included file counts more than those that it includes itself. */
async function followIncludes(
  section: unknown,
  context: IncludeContext & { readonly nesting: number; readonly isAbsolute?: boolean },
): Promise<readonly Scope[]> {
  if (context.nesting > NESTED) throw generateError('GENERATE_INCLUDE_CIRCLE', { folder: context.folder });
  const scopes: Scope[] = [];
  for (const { path, optional, ...written } of readIncludes(section, context)) {
    if (optional && !(await exists(path))) continue;
    // What lies beside an absolute place is as absolute.
    scopes.push(
      ...(await scopesAt(path, { ...context, isAbsolute: written.isAbsolute || context.isAbsolute === true })),
    );
  }
  return scopes;
}

/** A place with all that it includes. */
async function scopesAt(
  place: string,
  context: IncludeContext & { readonly nesting: number; readonly isAbsolute: boolean },
): Promise<readonly Scope[]> {
  const sections = await readScope(place);
  const folder = /\.ya?ml$/.test(place) ? dirname(place) : place;
  const below = { ...context, folder, nesting: context.nesting + 1 };
  return [{ place, isAbsolute: context.isAbsolute, sections }, ...(await followIncludes(sections['include'], below))];
}

async function givenScopes(place: string, context: IncludeContext): Promise<readonly Scope[]> {
  const { platform } = context.host;
  const hasPart = platform !== undefined && (await exists(join(place, platform)));
  const places = hasPart ? [join(place, platform), place] : [place];
  const found = await Promise.all(places.map((one) => scopesAt(one, { ...context, nesting: 0, isAbsolute: false })));
  return found.flat();
}

/**
 * Merged sections go through the same reader as a file's own, so that they are checked alike; rules of jobs have their
 * own.
 */
function putTogether(scopes: readonly ConfigMapping[]): Pick<StackFiles, 'mirrors' | 'ci' | 'gitlabCi' | 'cdash'> {
  const { ci, 'gitlab-ci': gitlabCi, ...others } = mergeScopes(scopes.map(chosen));
  const file = 'the configuration put together';
  const { environment, diagnostics } = readEnvironmentFrom(textlessSource({ spack: others }, file));
  if (environment === undefined) {
    const fault = diagnostics.find((one) => one.severity === 'error');
    throw generateError('GENERATE_ENVIRONMENT_INVALID', {
      file,
      line: 1,
      fault: fault?.message ?? 'it cannot be read',
    });
  }
  const { mirrors, cdash } = environment;
  return {
    mirrors,
    ...(isRecord(ci) ? { ci } : {}),
    ...(isRecord(gitlabCi) ? { gitlabCi } : {}),
    cdash,
  };
}

function chosen(scope: ConfigMapping): ConfigMapping {
  const wanted = ['ci', 'gitlab-ci', 'cdash', 'mirrors'];
  return Object.fromEntries(Object.entries(scope).filter(([key]) => wanted.includes(key.replace(/[:+-]$/, ''))));
}
