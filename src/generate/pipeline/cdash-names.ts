import { architectureText, compilerOf, type Lockfile, type SpecNode } from '../../spack/index.ts';

/** What CDash calls the build of a package, as the Spack that wrote the lock names it. */
export function cdashBuildName(lock: Lockfile, node: SpecNode, group: string): string {
  const compiler = compilerOf(node, lock.nodes);
  const built = compiler === undefined ? '' : `%${compiler.name}@=${compiler.version}`;
  const begin = `${node.name}@${node.version}${built}`;
  return `${begin} hash=${node.hash} arch=${architectureText(node)} (${group})`;
}

/** CTest's stamp: `20261123-2147-Group`, in UTC so that every machine gives the same. */
export function cdashBuildStamp(now: Date, group: string): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 5).replace(':', '')}-${group}`;
}
