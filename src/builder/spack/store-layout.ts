import * as z from 'zod';
import { messageOf } from '../../kit/index.ts';
import { builderError } from '../errors.ts';
import { evaluateInSpack, type SpackSession } from './spack-session.ts';

/** The folders into which Spack installs packages, as an environment configures it. */
export const StoreLayout = z.object({
  /** The install tree's root as Spack writes it into files: padded with `padded_length`. */
  root: z.string(),
  /** The same without the padding: the folder that people see. */
  unpaddedRoot: z.string(),
  sbang: z.string(),
  spackPrefix: z.string(),
  /** Absolute prefix of every package of the lock, by DAG hash; externals where they are. */
  prefixes: z.record(z.string(), z.string()),
});
export type StoreLayout = z.infer<typeof StoreLayout>;

/**
 * A function in Python that describes the layout. Spack computes it itself: projections, padding and path syntax differ
 * between its versions. This does not use `spack.store.STORE`, which creates a database in the store: that may be
 * read-only, or a folder of the host.
 */
export const describeStore = `
import json, os, sys
import spack.config, spack.directory_layout, spack.environment, spack.paths, spack.store
def describe_store(specs):
    config = spack.config.get("config")
    root, unpadded_root, projections = spack.store.parse_install_tree(config)
    length = config.get("install_hash_length")
    layout = spack.directory_layout.DirectoryLayout(root, projections=projections, hash_length=length)
    prefixes = {}
    for spec in specs:
        # Not \`path_for_spec\`, which looks into the database in Spack 0.23.
        own = "" if spec.external else os.path.join(root, layout.relative_path_for_spec(spec))
        prefixes[spec.dag_hash()] = str(spec.external_path or "") if spec.external else own
    return {
        "root": str(layout.root),
        "unpaddedRoot": str(unpadded_root),
        "sbang": os.path.join(str(unpadded_root), "bin", "sbang"),
        "spackPrefix": str(spack.paths.prefix),
        "prefixes": prefixes,
    }
`;

const script = `${describeStore}
json.dump(describe_store(spack.environment.active_environment().all_specs()), open(sys.argv[1], "w"))
`;

/** Returns the store layout of an environment that holds a lock. `settings`: as for `spack -c`. */
export async function readStoreLayout(session: SpackSession, settings: readonly string[]): Promise<StoreLayout> {
  try {
    return StoreLayout.parse(await evaluateInSpack(session, { name: 'store-layout', text: script }, { settings }));
  } catch (error) {
    session.signal?.throwIfAborted();
    throw builderError('SPACK_FAILED', { what: 'describing its store', reason: messageOf(error) }, { cause: error });
  }
}
