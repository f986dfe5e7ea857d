import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import {
  exists,
  hasCode,
  isRecord,
  readYaml,
  textlessSource,
  type ProcessVariables,
  type YamlSource,
} from '../../kit/index.ts';
import {
  mergeScopes,
  osIdentity,
  readEnvironmentFrom,
  type CdashSection,
  type ConfigMapping,
  type Environment,
  type HostFacts,
  type Mirror,
} from '../../spack/index.ts';
import { generateError } from '../errors.ts';
import { readIncludes, type IncludeContext } from './includes.ts';
import { readScope } from './read-scope.ts';

/** The content of a stack: its own file merged with all that it includes. */
export interface StackFiles {
  readonly environment: Environment;
  readonly mirrors: readonly Mirror[];
  readonly ci?: ConfigMapping;
  /** The section's name up to Spack 0.18, with rules of its own. */
  readonly gitlabCi?: ConfigMapping;
  readonly cdash?: CdashSection;
  /** Folders and files of configuration beside the environment, the one that counts most first. */
  readonly scopes: readonly StackScope[];
}

export interface StackScope {
  /** Absolute. */
  readonly path: string;
  /** The stack names it by an absolute path, not by one relative to the stack. */
  readonly isAbsolute: boolean;
}

interface StackOptions {
  /**
   * Further folders of configuration; later ones count more, as with Spack's `-C`, and within each the folder of the
   * host's platform, if there is one. All count less than the environment.
   */
  readonly configScopes?: readonly string[];
  readonly variables?: ProcessVariables;
  /** The machine that conditions (`when`) are evaluated for; default: this one. */
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
  const further = await Promise.all(configScopes.toReversed().map((path) => furtherScopes(path, context)));
  const scopes = [...included, ...further.flat()];
  const definitions = scopes.flatMap(({ sections }) => listOf(sections['definitions']));
  const environment = validEnvironment(source, { host, definitions });
  const described = scopes.map((one) => ({ path: one.path, isAbsolute: one.isAbsolute }));
  return { ...merged([own, ...scopes.map((one) => one.sections)]), environment, scopes: described };
}

/** Reads an environment. Throws GENERATE_ENVIRONMENT_INVALID with its first fault. */
function validEnvironment(source: YamlSource, options?: Parameters<typeof readEnvironmentFrom>[1]) {
  const { environment, diagnostics } = readEnvironmentFrom(source, options);
  if (environment !== undefined) return environment;
  const { line, message } = diagnostics.find((one) => one.severity === 'error') ?? { line: 1, message: 'it is empty' };
  throw generateError('GENERATE_ENVIRONMENT_INVALID', { file: source.file, line, fault: message });
}

/** Returns this machine's facts, without its microarchitecture. */
async function machineHost(): Promise<HostFacts> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => undefined);
  return { platform: process.platform, hostname: hostname(), os: osRelease && osIdentity(osRelease) };
}

interface Scope extends StackScope {
  readonly sections: ConfigMapping;
}

/** Returns the file's sections as they stand; none if it has faults, which its own reader reports. */
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
    // An include of a file with an absolute path is as absolute.
    const isAbsolute = written.isAbsolute || context.isAbsolute === true;
    scopes.push(...(await scopesAt(path, { ...context, isAbsolute })));
  }
  return scopes;
}

/** Reads a file or folder with all that it includes. */
async function scopesAt(
  path: string,
  context: IncludeContext & { readonly nesting: number; readonly isAbsolute: boolean },
): Promise<readonly Scope[]> {
  const sections = await readScope(path);
  const folder = /\.ya?ml$/.test(path) ? dirname(path) : path;
  const below = { ...context, folder, nesting: context.nesting + 1 };
  return [{ path, isAbsolute: context.isAbsolute, sections }, ...(await followIncludes(sections['include'], below))];
}

async function furtherScopes(path: string, context: IncludeContext): Promise<readonly Scope[]> {
  const { platform } = context.host;
  const ofPlatform = platform && join(path, platform);
  const paths = ofPlatform && (await exists(ofPlatform)) ? [ofPlatform, path] : [path];
  const found = await Promise.all(paths.map((one) => scopesAt(one, { ...context, nesting: 0, isAbsolute: false })));
  return found.flat();
}

/**
 * Merged sections go through the same reader as a file's own, so that they are checked alike; rules of jobs have their
 * own.
 */
function merged(scopes: readonly ConfigMapping[]): Pick<StackFiles, 'mirrors' | 'ci' | 'gitlabCi' | 'cdash'> {
  const { ci, 'gitlab-ci': gitlabCi, ...others } = mergeScopes(scopes.map(mergedSections));
  const { mirrors, cdash } = validEnvironment(textlessSource({ spack: others }, 'the merged configuration'));
  return { mirrors, ci: isRecord(ci) ? ci : undefined, gitlabCi: isRecord(gitlabCi) ? gitlabCi : undefined, cdash };
}

function mergedSections(scope: ConfigMapping): ConfigMapping {
  return Object.fromEntries(
    Object.entries(scope).filter(([key]) => /^(?:ci|gitlab-ci|cdash|mirrors)[:+-]?$/.test(key)),
  );
}
