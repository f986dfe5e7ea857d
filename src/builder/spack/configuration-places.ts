import { join, resolve } from 'node:path';
import { readYaml } from '../../kit/index.ts';
import { builderError } from '../errors.ts';
import type { SpackProgram } from './spack-program.ts';

type Variables = Readonly<Record<string, string | undefined>>;

type Section = Readonly<Record<string, unknown>>;

/** What Spack reads of an environment: the section of its `spack.yaml` under either name. `file` is for messages. */
export function environmentSection(yaml: string, file: string): Section {
  const { value, diagnostics } = readYaml(yaml, file);
  const [fault] = diagnostics;
  if (fault !== undefined)
    throw builderError('RECIPE_ENVIRONMENT_INVALID', { file, line: fault.line, fault: fault.message });
  const document = value as { readonly spack?: Section; readonly env?: Section } | null | undefined;
  return document?.spack ?? document?.env ?? {};
}

/** Folders of the configuration that a Spack reads wherever it is run, the ones that count least first. */
export function configurationScopes(spack: Pick<SpackProgram, 'root'>, variables: Variables): readonly string[] {
  const own = [join(spack.root, 'etc/spack')];
  const user = variables['SPACK_USER_CONFIG_PATH'] ?? join(variables['HOME'] ?? '/', '.spack');
  if (variables['SPACK_DISABLE_LOCAL_CONFIG'] !== undefined) return own;
  return [...own, variables['SPACK_SYSTEM_CONFIG_PATH'] ?? '/etc/spack', user];
}

export type Expand = (text: string, folder?: string) => string;

/** The path that a text of the configuration stands for; a relative one begins at a folder, or at the environment's. */
export function pathExpander(environment: string, spack: Pick<SpackProgram, 'root'>, variables: Variables): Expand {
  const known: Variables = { ...variables, spack: spack.root, env: environment };
  return (text, folder = environment) => {
    const path = text
      .replace(/^file:\/\//, '')
      .replace(/^~(?=\/|$)/, known['HOME'] ?? '~')
      .replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => known[name] ?? whole);
    return resolve(folder, path);
  };
}

/** Files and folders that an environment includes; undefined if one is at a URL or in a repository. */
export function includedPlaces(section: Section, expand: Expand): readonly string[] | undefined {
  const listed = [section['include'], section['include_concrete']].flat();
  if (listed.some((one) => typeof one === 'object' && one !== null && 'git' in one)) return undefined;
  const places = texts(listed);
  if (places.some((one) => /^\w+:\/\/|^git@/.test(one) && !one.startsWith('file://'))) return undefined;
  return places.map((one) => expand(one));
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(texts);
  return [];
}
