import { rootOf, type CoordinatorContext, type Stack } from '../../coordinator/index.ts';
import { entryState, readEntry, searchPackages, type CatalogContent, type CatalogPackage } from '../../mirror/index.ts';
import type { JobRun } from '../../pipeline/index.ts';
import {
  ContainingImage,
  PackageView,
  viewOf,
  type PackageBuild,
  type PackageDetail,
  type PackageEdge,
} from '../../protocol/index.ts';
import { found } from './problem-answer.ts';

/** A root of a stack's mirror: the protected one, or that of a pull request. */
export interface PackageRoot {
  readonly stack: Stack;
  readonly prefix: string;
}

/** The most that is listed of each kind. */
const MOST = 100;

export function packageView(content: CatalogContent, one: CatalogPackage): PackageView {
  const dependents = content.usersOf(one.number).filter(({ number }) => content.at(number).isPresent).length;
  return viewOf(PackageView, { ...one, dependencies: one.dependencies.length, dependents });
}

export async function packageDetail(
  context: CoordinatorContext,
  root: PackageRoot,
  hash: string,
): Promise<PackageDetail> {
  const { stack, prefix } = root;
  const content = await stack.mirror.catalog(prefix).current();
  const known = content.get(hash);
  const one = found(known?.isPresent === true ? known : undefined, `package \`${hash}\` on the mirror`);
  const others = searchPackages(content, one.name).filter(
    ({ name, hash: other }) => name === one.name && other !== hash,
  );
  const { name } = stack.configuration;
  return {
    package: packageView(content, one),
    namespace: one.namespace,
    compiler: compilerOf(content, one),
    ...(await storedEntry(context, root, one)),
    ...(await edgesOf(root, content, one)),
    others: others.slice(0, MOST).map((other) => packageView(content, other)),
    images: imagesWith(context, name, hash),
    builds: context.pipelines.runsOfPackage(name, hash).map((run) => packageBuild(context, run)),
  };
}

type StoredEntry = Pick<PackageDetail, 'tarball' | 'signature' | 'problem'>;

/** Reads the entry, with its signature if it needs one. */
async function storedEntry(
  { verifier, signing }: CoordinatorContext,
  { stack, prefix }: PackageRoot,
  one: CatalogPackage,
): Promise<StoredEntry> {
  const trust = prefix === '' ? { verifier, requireSignature: true } : { requireSignature: false };
  const read = await entryState(() => readEntry(stack.mirror.root(prefix), one, trust));
  if (read.state === 'invalid') return { signature: { state: 'invalid' }, problem: read.reason };
  if (read.state === 'absent') return { signature: { state: 'invalid' }, problem: 'The mirror has no entry of it.' };
  const { signedBy, tarball } = read.entry;
  const { sha256, size, diffId } = tarball;
  return { tarball: { sha256, size, diffId }, signature: signatureOf(signedBy, signing.fingerprint) };
}

/** Only keys that count have signed what was read. */
function signatureOf(fingerprint: string | undefined, current: string): StoredEntry['signature'] {
  if (fingerprint === undefined) return { state: 'unsigned' };
  return { state: 'signed', fingerprint, key: fingerprint === current ? 'signing' : 'accepted' };
}

/** Up to format 4 a node names its compiler; later ones depend on it for a language. */
function compilerOf(content: CatalogContent, { compiler, dependencies }: CatalogPackage): string | undefined {
  const languages = ['c', 'cxx', 'fortran'];
  const edge = dependencies.find(({ parameters }) => parameters.virtuals.some((one) => languages.includes(one)));
  const used = compiler ?? (edge && content.get(edge.hash));
  return used && `${used.name}@${used.version}`;
}

async function edgesOf(
  { stack, prefix }: PackageRoot,
  content: CatalogContent,
  { number, hash, dependencies }: CatalogPackage,
): Promise<Pick<PackageDetail, 'dependencies' | 'dependents'>> {
  const shared = prefix === '' ? undefined : await stack.mirror.catalog('').current();
  const mirrorOf = (target: string): PackageEdge['mirror'] => {
    if (content.get(target)?.isPresent === true) return 'this';
    return shared?.get(target)?.isPresent === true ? 'protected' : 'none';
  };
  const users = content.usersOf(number).map((user) => content.at(user.number));
  return {
    dependencies: dependencies.map(({ name, hash: target, parameters }) => {
      const version = content.get(target)?.version ?? '';
      return { name, version, hash: target, types: [...parameters.deptypes], mirror: mirrorOf(target) };
    }),
    dependents: users
      .filter(({ isPresent }) => isPresent)
      .slice(0, MOST)
      .map((user) => {
        const types = user.dependencies.find((edge) => edge.hash === hash)?.parameters.deptypes ?? [];
        return { name: user.name, version: user.version, hash: user.hash, types: [...types], mirror: 'this' };
      }),
  };
}

/** Returns the newest image of each tag that contains a package. */
function imagesWith({ ledger }: CoordinatorContext, stack: string, contains: string): ContainingImage[] {
  const newest = new Map<string, ContainingImage>();
  for (const one of ledger.searchPublications(stack, { contains, limit: 10 * MOST })) {
    const { repository, tag, state } = one;
    const isShown = state === 'published' || state === 'removed';
    if (isShown && !newest.has(`${repository}:${tag}`))
      newest.set(`${repository}:${tag}`, viewOf(ContainingImage, { ...one, state }));
  }
  return [...newest.values()].slice(0, MOST);
}

function packageBuild(context: CoordinatorContext, run: JobRun): PackageBuild {
  const { id, name, status, runner, startedAt, finishedAt } = run;
  const { id: pipeline, ref, request: pullRequest, trust } = rootOf(context, run.pipeline);
  return { job: id, name, status, pipeline, ref, pullRequest, trust, runner, startedAt, finishedAt };
}
