import { isDigest } from './descriptor.ts';
import { ociError } from './errors.ts';

/** A parsed image reference. At least the repository is there. */
interface Reference {
  /** `ghcr.io`, `localhost:5000`; absent where the text names none. */
  readonly registry?: string | undefined;
  /** Path below the registry: `lab/stack`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

// OCI distribution-spec, "Pulling manifests": the expressions for <name> and <reference>.
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${PART}(?:/${PART})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const REGISTRY = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?$/;

export function isRepositoryName(text: string): boolean {
  return text.length <= 255 && REPOSITORY.test(text);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Parses `[registry/]repository[:tag][@digest]`. The first part is a registry if it has a dot, a colon, or is
 * `localhost`.
 */
export function parseReference(text: string): Reference {
  const fail = (reason: string) => ociError('OCI_REFERENCE_INVALID', { reference: text, reason });
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) throw fail('the part after `@` is no sha256 digest');
  const { registry, rest } = splitRegistry(at < 0 ? text : text.slice(0, at));
  if (registry !== undefined && !REGISTRY.test(registry)) throw fail(`\`${registry}\` is no host`);
  const colon = rest.indexOf(':');
  const repository = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (!isRepositoryName(repository))
    throw fail('a repository is lower-case letters, digits and single `.`, `_`, `-`, `/` between them');
  if (tag !== undefined && !isTag(tag)) throw fail('a tag is up to 128 letters, digits, `_`, `.`, `-`');
  return { registry, repository, tag, digest };
}

export function formatReference({ registry, repository, tag, digest }: Reference): string {
  const name = registry === undefined ? repository : `${registry}/${repository}`;
  return name + (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

/** What pulls: the digest if there is one, otherwise the tag, otherwise `latest`. */
export function tagOrDigest(reference: Reference): string {
  return reference.digest ?? reference.tag ?? 'latest';
}

/** Docker's rule for names without a registry: `debian` is `docker.io/library/debian`. */
export function withDefaultRegistry(reference: Reference): Reference & { readonly registry: string } {
  const { registry = 'docker.io', repository } = reference;
  const isShort = registry === 'docker.io' && !repository.includes('/');
  return { ...reference, registry, repository: isShort ? `library/${repository}` : repository };
}

function splitRegistry(name: string): { registry?: string; rest: string } {
  const slash = name.indexOf('/');
  if (slash < 0) return { rest: name };
  const first = name.slice(0, slash);
  const isRegistry = first === 'localhost' || /[.:]/.test(first);
  return isRegistry ? { registry: first, rest: name.slice(slash + 1) } : { rest: name };
}
