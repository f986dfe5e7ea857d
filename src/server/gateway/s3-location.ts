import type { ObjectInfo, ObjectStore } from '../../mirror/index.ts';
import type { GatewayPort } from './gateway-port.ts';
import { decode } from './s3-canonical.ts';
import type { MirrorGrant } from '../../coordinator/index.ts';

/** A stack's mirror under the name that it has elsewhere: `s3://bucket/prefix`. */
interface NamedMirror {
  readonly bucket: string;
  /** Empty, or with a slash at the end. */
  readonly prefix: string;
  /** The root that the job pushes to: found first there, and then at the protected one. */
  readonly root: string;
}

/** What a request is about. */
export interface Location {
  readonly bucket: string;
  readonly key: string;
  /** The request names the stack's mirror as `spack.yaml` does. */
  readonly named?: NamedMirror;
}

/**
 * Bucket and key: path style, or virtual-host style where the host is the server's with the bucket before it. The
 * bucket of a stack has its name. A mirror in a bucket of S3 also answers to that address, so that a `spack.yaml` need
 * not name the server: there, a job sees its own root over the protected one, and writes to its own.
 */
export function locationOf(url: URL, grant: MirrorGrant, port: GatewayPort): Location {
  const { bucket, key } = addressed(url, grant, port);
  for (const stack of grant.buckets) {
    const named = namedMirror(stack, grant, port);
    if (named?.bucket !== bucket || (grant.buckets.includes(bucket) && bucket !== stack)) continue;
    if (key === '') return { bucket: stack, key, named };
    if (key.length > named.prefix.length && key.startsWith(named.prefix))
      return { bucket: stack, key: keyBelow({ named }, key), named };
  }
  return { bucket, key };
}

function addressed(url: URL, grant: MirrorGrant, port: GatewayPort): Pick<Location, 'bucket' | 'key'> {
  const host = port.host?.();
  const buckets = grant.buckets.flatMap((stack) => [stack, namedMirror(stack, grant, port)?.bucket ?? stack]);
  const named = host === undefined ? undefined : buckets.find((one) => url.hostname === `${one}.${host}`);
  if (named !== undefined) return { bucket: named, key: decode(url.pathname.replace(/^\/s3\/?/, '')) };
  const [, bucket = '', key = ''] = /^\/s3\/?([^/]*)\/?(.*)$/s.exec(url.pathname) ?? [];
  return { bucket: decode(bucket), key: decode(key) };
}

/** Undefined for mirrors elsewhere, and where the address is that of the stack's own bucket. */
function namedMirror(stack: string, { readPrefixes }: MirrorGrant, port: GatewayPort): NamedMirror | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.+))?$/.exec(port.store(stack)?.url ?? '') ?? [];
  if (bucket === undefined || (bucket === stack && prefix === '')) return undefined;
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/`, root: readPrefixes.at(-1) ?? '' };
}

/** Returns the key in the mirror of a key, or of the start of keys, that a request names. */
export function keyBelow({ named }: Pick<Location, 'named'>, key: string): string {
  if (named === undefined) return key;
  if (named.prefix.startsWith(key)) return named.root;
  return key.startsWith(named.prefix) ? named.root + key.slice(named.prefix.length) : key;
}

/** Returns the key to read: that of the job's own root, or of the protected one where it has none. */
export async function keyToRead(store: ObjectStore, { key, named }: Location): Promise<string> {
  if (named === undefined || named.root === '' || (await store.head(key)) !== undefined) return key;
  return key.slice(named.root.length);
}

/** Lists the objects below a prefix as they are named, in the order of their bytes; the job's own root wins. */
export async function* listNamed(
  store: ObjectStore,
  { prefix: before, root }: NamedMirror,
  prefix: string,
): AsyncGenerator<ObjectInfo & { readonly stored: ObjectInfo }> {
  const inner = prefix.slice(before.length);
  const roots = root === '' ? [''] : [root, ''];
  const lists = roots.map((one) => {
    const objects = store.list(one + inner)[Symbol.asyncIterator]();
    return { root: one, objects, next: objects.next() };
  });
  for (;;) {
    const heads = await Promise.all(
      lists.map(async (list) => {
        const { value, done } = await list.next;
        return done === true ? undefined : { list, object: value, path: value.key.slice(list.root.length) };
      }),
    );
    const [first, ...others] = heads.filter((head) => head !== undefined);
    if (first === undefined) return;
    const least = others.reduce((one, other) => (isBefore(other.path, one.path) ? other : one), first);
    for (const { list } of heads.filter((head) => head?.path === least.path).filter((head) => head !== undefined))
      list.next = list.objects.next();
    yield { ...least.object, key: before + least.path, stored: least.object };
  }
}

function isBefore(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
}
