import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlias, isMap, parseDocument, type Document } from 'yaml';
import { adaptToView, environmentView } from './environment-view.ts';

/** Values of Spack's `config` section, by name. */
type SpackConfig = Readonly<Record<string, unknown>>;

/** Folders that Spack writes to, as its `config` section names them. None of them influences hashes. */
export interface JobFolders extends SpackConfig {
  readonly build_stage: readonly string[];
  readonly test_stage: string;
  readonly source_cache: string;
  readonly misc_cache: string;
}

/** Returns folders in the job's own scratch folder and in the cache that jobs share. */
export function jobFolders({ scratch, cacheFolder }: Record<'scratch' | 'cacheFolder', string>): JobFolders {
  return {
    build_stage: [join(scratch, 'stage')],
    test_stage: join(scratch, 'stage/tests'),
    source_cache: join(cacheFolder, 'sources'),
    misc_cache: join(cacheFolder, 'misc'),
  };
}

/**
 * Copies an environment with `environmentView`, without its views and with the given values of `config`. They stand in
 * `spack.yaml`, since Spack 0.23 prefers what an environment configures to `spack -c`, and replace those of any other
 * scope. `adapt` makes further changes.
 */
export async function isolatedEnvironment(
  environment: string,
  folder: string,
  { config, adapt }: { readonly config: SpackConfig; readonly adapt?: (document: Document) => void },
): Promise<string> {
  const copy = await environmentView(environment, folder);
  const document = parseDocument(await readFile(join(environment, 'spack.yaml'), 'utf8'));
  for (const top of ['spack', 'env'].filter((key) => document.has(key))) {
    ensureMap(document, [top]);
    adaptToView(document, top, environment);
    document.deleteIn([top, 'view:']);
    document.setIn([top, 'view'], false);
    const at = [top, document.hasIn([top, 'config:']) ? 'config:' : 'config'];
    ensureMap(document, at);
    for (const [name, value] of Object.entries(config)) {
      document.deleteIn([...at, name]);
      // In Spack's YAML, a second colon after a key replaces what other scopes have instead of merging with it.
      document.setIn([...at, `${name}:`], value);
    }
  }
  adapt?.(document);
  await writeFile(join(copy, 'spack.yaml'), document.toString({ lineWidth: 0 }));
  return copy;
}

/** Replaces an alias by its own copy of the values, and what is no mapping by an empty one. */
function ensureMap(document: Document, at: readonly string[]): void {
  const node = document.getIn(at);
  if (isMap(node)) return;
  const values: unknown = isAlias(node) ? node.resolve(document)?.toJS(document) : undefined;
  document.setIn(at, document.createNode(values ?? {}));
}
