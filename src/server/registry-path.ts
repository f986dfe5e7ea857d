import type { Context } from 'hono';

/** A path of the OCI distribution specification; each part is empty if the path has another form. */
interface RegistryPath {
  readonly name: string;
  readonly kind: string;
  readonly reference: string;
}

/** Reads the path of a request: the repository, what is requested of it, and a tag or digest. */
export function readRegistryPath({ req }: Context): RegistryPath {
  const match = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/([^/]+)$/.exec(decodePath(req.path));
  const [, name = '', kind = '', reference = ''] = match ?? [];
  return { name, kind, reference };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
