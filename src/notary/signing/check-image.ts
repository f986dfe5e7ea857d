import { compileGlob, messageOf } from '../../kit/index.ts';
import { checkEntry, type Entry, type ObjectStore, type Verifier } from '../../mirror/index.ts';
import { notaryError } from '../errors.ts';
import type { ImageSigningRequest } from '../port.ts';
import { readImageDocuments, type DescribedImage, type DescribedLayer } from './image-documents.ts';
import type { PayloadImage } from './image-payload.ts';
import type { LockCache } from './lock-cache.ts';
import type { LogMemory } from './log-memory.ts';

/** The images that are signed for a stack. */
export interface ImagePolicy {
  /** Repositories with their registry, `*` for anything; without it every repository. */
  readonly repositories?: readonly string[];
  /** Whether images that a Dockerfile built are signed: only the server knows the content of their layers. */
  readonly dockerfile?: boolean;
}

interface ImageChecks {
  readonly policy: ImagePolicy;
  /** The protected mirror. */
  readonly store: ObjectStore;
  readonly verifier: Verifier;
  readonly memory: LogMemory;
  readonly locks: LockCache;
}

interface Checked {
  readonly checks: ImageChecks;
  /** Name by DAG hash, of all locks that the image is of. */
  readonly allowed: ReadonlyMap<string, string>;
  /** Entries that were read from the mirror. */
  readonly entries: Map<string, Promise<Entry>>;
}

/**
 * Refuses an image unless it is of locks of the pipeline, goes to a repository of the stack, and its layers of packages
 * name signed packages of those locks. A layer of one package must be the package's signed tarball. Layers that were
 * made (joined, relocated, views, files) are known by name only, and those of the base by the base's digest.
 */
export async function checkImage(
  image: PayloadImage,
  request: ImageSigningRequest,
  checks: ImageChecks,
): Promise<void> {
  const { stack, pipeline, documents } = request;
  const refuse = (reason: string) =>
    notaryError('NOTARY_IMAGE_REFUSED', { image: `${image.reference}@${image.digest}`, pipeline, reason });
  const { repositories } = checks.policy;
  if (repositories?.some((pattern) => compileGlob(pattern, 'text')(image.reference)) === false)
    throw notaryError('NOTARY_REPOSITORY_REFUSED', { repository: image.reference, stack });
  const unknown = image.locks.find((digest) => !request.locks.some((lock) => lock.digest === digest));
  if (unknown !== undefined) throw refuse(`it is made of lock \`${unknown}\`, which the request does not name`);
  if (image.pipeline !== undefined && image.pipeline !== pipeline)
    throw refuse(`its provenance names pipeline ${image.pipeline}`);
  const checked = { checks, allowed: await allowedPackages(request, checks), entries: new Map() };
  try {
    for (const one of readImageDocuments(image.digest, documents)) await checkLayers(one, request, checked);
  } catch (error) {
    throw error instanceof Error && 'code' in error ? error : refuse(messageOf(error).slice(0, 300));
  }
}

/** The packages of the request's locks, none of which is another than the log has for the pipeline. */
async function allowedPackages(
  { pipeline, locks }: ImageSigningRequest,
  checks: ImageChecks,
): Promise<ReadonlyMap<string, string>> {
  const allowed = new Map<string, string>();
  for (const { digest, name, readLock } of locks) {
    const before = checks.memory.lockOf(pipeline, name) ?? digest;
    if (before !== digest) throw notaryError('NOTARY_LOCK_CHANGED', { pipeline, lock: digest, before });
    for (const [hash, own] of await checks.locks.allowed(digest, readLock)) allowed.set(hash, own);
  }
  return allowed;
}

async function checkLayers(
  { layers, annotations }: DescribedImage,
  request: ImageSigningRequest,
  checked: Checked,
): Promise<void> {
  const isOurs = layers.some(({ from }) => from === 'packages' || from === 'cache');
  if (!isOurs) return checkDockerfile(annotations, request, checked.checks.policy);
  const start = layers.findIndex(({ from }) => from !== 'base');
  const stray = layers.findIndex(({ from }, position) => from === 'base' && position > start);
  if (stray >= 0) throw new Error(`layer ${stray + 1} is neither the base's nor of a package`);
  if (start > 0 && annotations['org.opencontainers.image.base.digest'] === undefined)
    throw new Error('it has layers of a base and does not name the base');
  for (const [position, layer] of layers.entries()) await checkPackages(layer, position, checked);
}

/** A builder made its layers, so only the lock that it names can be checked. */
function checkDockerfile(
  annotations: DescribedImage['annotations'],
  { stack, locks }: ImageSigningRequest,
  { dockerfile }: ImagePolicy,
): void {
  const lock = annotations['io.slipway.lock'];
  if (annotations['io.slipway.inputs'] === undefined || !locks.some(({ digest }) => lock === `sha256:${digest}`))
    throw new Error('none of its layers is of a package of the lock');
  if (dockerfile !== true) throw notaryError('NOTARY_DOCKERFILE_REFUSED', { stack });
}

async function checkPackages(layer: DescribedLayer, position: number, checked: Checked): Promise<void> {
  const entries: Entry[] = [];
  for (const text of layer.packages) entries.push(await entryOf(text, checked));
  const [only] = entries;
  if (only === undefined || entries.length > 1 || layer.isRelocated || layer.from === 'cache') return;
  const { sha256, diffId } = only.tarball;
  if (layer.digest !== `sha256:${sha256}` && (diffId === undefined || layer.diffId !== diffId))
    throw new Error(`layer ${position + 1} is not the signed tarball of \`${layer.packages[0]}\``);
}

/** The signed entry of a package that a layer names. */
function entryOf(text: string, { checks, allowed, entries }: Checked): Promise<Entry> {
  const [, name, version = '', digits = ''] = /^([^@]+)@(.+)\/([a-z2-7]{7,32})$/.exec(text) ?? [];
  const hash = [...allowed.keys()].find((one) => one.startsWith(digits) && allowed.get(one) === name);
  if (name === undefined || hash === undefined) throw new Error(`\`${text.slice(0, 100)}\` is not in the lock`);
  const { store, verifier } = checks;
  const read = async (): Promise<Entry> => {
    const found = await checkEntry(store, { name, version, hash }, { verifier, requireSignature: true });
    if (found.state === 'valid') return found.entry;
    throw new Error(`\`${text}\` has no valid signature on the mirror`);
  };
  const known = entries.get(hash) ?? read();
  entries.set(hash, known);
  return known;
}
