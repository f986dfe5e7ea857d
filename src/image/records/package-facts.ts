import { parseSpec, satisfies, type SpecNode } from '../../spack/index.ts';
import { readDirectives, type Directive } from './recipe-text.ts';

/** Facts from a package's recipe that its lock does not have. All of them may be unknown. */
export interface PackageFacts {
  readonly description?: string;
  readonly homepage?: string;
  /** As the recipe has it: mostly an SPDX expression. */
  readonly license?: string;
  readonly source?: SourceFacts;
}

interface SourceFacts {
  /** Of the archive. */
  readonly url?: string;
  /** Of the archive's bytes, hexadecimal. */
  readonly sha256?: string;
  /** URL of a git repository, and what of it is taken: a commit, or else a tag. */
  readonly git?: string;
  readonly commit?: string;
  readonly tag?: string;
}

type Nodes = ReadonlyMap<string, SpecNode>;

/**
 * Reads a recipe of Spack's (`package.py`) as far as that is possible without running it: directives and attributes
 * that are written out. An address that the recipe computes for each version is left out rather than guessed.
 */
export function readPackageFacts(text: string, node: SpecNode, nodes: Nodes = new Map()): PackageFacts {
  const { directives, attributes, methods, description } = readDirectives(text);
  const license = directives.find((one) => one.name === 'license' && holds(one, node, nodes))?.values[0];
  const source = sourceOf({ directives, attributes, methods }, node);
  return { description, homepage: attributes.get('homepage'), license, source };
}

interface Recipe {
  readonly directives: readonly Directive[];
  readonly attributes: ReadonlyMap<string, string>;
  readonly methods: ReadonlySet<string>;
}

function sourceOf(recipe: Recipe, { version }: SpecNode): SourceFacts | undefined {
  const { directives, attributes, methods } = recipe;
  const versions = directives.filter(({ name }) => name === 'version');
  const own = versions.find(({ values }) => values[0] === version)?.named;
  if (own === undefined) return undefined;
  const git = own.get('git') ?? attributes.get('git');
  const [commit, tag] = [own.get('commit'), own.get('tag')];
  if (commit !== undefined || tag !== undefined) return { git, commit, tag };
  const known = versions.flatMap(({ values }) => values.slice(0, 1));
  const like = methods.has('url_for_version') ? undefined : addressOf(attributes);
  const made = like === undefined ? undefined : withVersion(like, version, known);
  const url = own.get('url') ?? (made === undefined || namesOther(made, version) ? undefined : made);
  const sha256 = own.get('sha256');
  return url === undefined && sha256 === undefined ? undefined : { url, sha256 };
}

/** Spack's classes for GNU, PyPI and others make the address out of one attribute. */
function addressOf(attributes: ReadonlyMap<string, string>): string | undefined {
  const [url, gnu, pypi] = ['url', 'gnu_mirror_path', 'pypi'].map((name) => attributes.get(name));
  if (url !== undefined) return url;
  if (gnu !== undefined) return `https://ftpmirror.gnu.org/${gnu}`;
  return pypi === undefined ? undefined : `https://files.pythonhosted.org/packages/source/${pypi[0]}/${pypi}`;
}

/**
 * The address with another version in the place of the one that it was written with, in each of the ways to write it.
 */
function withVersion(url: string, version: string, known: readonly string[]): string | undefined {
  const longest = known.toSorted((a, b) => b.length - a.length);
  for (const one of longest) {
    const forms = ['.', '-', '_', ''].map((sign) => [one, version].map((text) => text.replace(/[._-]/g, sign)));
    const found = [[one, version], ...forms].find(([form]) => hasWhole(url, form as string));
    if (found !== undefined) return url.replaceAll(found[0] as string, found[1] as string);
  }
  return url.includes(version) ? url : undefined;
}

/** Whether a folder of the address is of another version: `…/v4.1/openmpi-5.0.10.tar.bz2`. */
function namesOther(url: string, version: string): boolean {
  const folders = url.split('/').slice(3, -1);
  const numbers = folders.flatMap((part) => /^v?(\d+(?:\.\d+)+)$/.exec(part)?.[1] ?? []);
  return numbers.some((number) => version !== number && !version.startsWith(`${number}.`));
}

/** Whether a version stands in an address as such, and not as the end of a longer number. */
function hasWhole(url: string, version: string): boolean {
  const at = url.indexOf(version);
  return at > 0 && !/[0-9]/.test(url[at - 1] as string) && !/[0-9]/.test(url[at + version.length] ?? '');
}

function holds({ named }: Directive, node: SpecNode, nodes: Nodes): boolean {
  const when = named.get('when');
  if (when === undefined) return true;
  try {
    return satisfies(node, parseSpec(when), nodes);
  } catch {
    // A condition that cannot be read is not met.
    return false;
  }
}
