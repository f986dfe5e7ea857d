import { join, resolve } from 'node:path';
import { readYaml, type ProcessVariables } from '../../kit/index.ts';
import { builderError } from '../errors.ts';
import type { SpackProgram } from './spack-program.ts';

type Section = Readonly<Record<string, unknown>>;

/** Returns the section of a `spack.yaml` that Spack reads, under either name. `file` is for messages. */
export function environmentSection(yaml: string, file: string): Section {
  const { value, diagnostics } = readYaml(yaml, file);
  const [fault] = diagnostics;
  if (fault !== undefined)
    throw builderError('RECIPE_ENVIRONMENT_INVALID', { file, line: fault.line, fault: fault.message });
  const document = value as { readonly spack?: Section; readonly env?: Section } | null;
  return document?.spack ?? document?.env ?? {};
}

/** Returns the folders of configuration that a Spack reads for every environment, the least important first. */
export function configurationScopes(spack: Pick<SpackProgram, 'root'>, variables: ProcessVariables): readonly string[] {
  const own = [join(spack.root, 'etc/spack')];
  const user = variables['SPACK_USER_CONFIG_PATH'] ?? join(variables['HOME'] ?? '/', '.spack');
  if (variables['SPACK_DISABLE_LOCAL_CONFIG'] !== undefined) return own;
  return [...own, variables['SPACK_SYSTEM_CONFIG_PATH'] ?? '/etc/spack', user];
}

export type Expand = (text: string, folder?: string) => string;

/**
 * Returns a function that expands a path of the configuration; a relative one begins at a folder or the environment.
 */
export function pathExpander(
  environment: string,
  spack: Pick<SpackProgram, 'root'>,
  variables: ProcessVariables,
): Expand {
  const known: ProcessVariables = { ...variables, spack: spack.root, env: environment };
  return (text, folder = environment) => {
    const path = text
      .replace(/^file:\/\//, '')
      .replace(/^~(?=\/|$)/, known['HOME'] ?? '~')
      .replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => known[name] ?? whole);
    return resolve(folder, path);
  };
}

/** Returns the files and folders that an environment includes; undefined if one is remote. */
export function includedPaths(section: Section, expand: Expand): readonly string[] | undefined {
  const listed = [section['include'], section['include_concrete']].flat();
  if (listed.some((one) => typeof one === 'object' && one !== null && 'git' in one)) return undefined;
  const paths = texts(listed);
  if (paths.some((one) => /^\w+:\/\/|^git@/.test(one) && !one.startsWith('file://'))) return undefined;
  return paths.map((one) => expand(one));
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(texts);
  return [];
}
