import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { builderError } from '../errors.ts';
import type { SpackSession } from './spack-session.ts';
import { spackCommand } from './spack-session.ts';

/** Where Spack, as this environment configures it, puts what it installs. */
export const StoreLayout = z.object({
  /** The install tree's root as Spack writes it into files: padded where `padded_length` says so. */
  root: z.string(),
  /** The same without the padding: the folder that people see. */
  unpaddedRoot: z.string(),
  sbang: z.string(),
  spackPrefix: z.string(),
  /** Absolute prefix of every package of the lock, by DAG hash; externals where they lie. */
  prefixes: z.record(z.string(), z.string()),
});
export type StoreLayout = z.infer<typeof StoreLayout>;

const MARK = 'slipway-layout:';

/** Asked of Spack and not computed here: projections, padding and path syntax differ between its versions. */
const script = `
import json
import spack.environment, spack.hooks.sbang, spack.paths, spack.store
env = spack.environment.active_environment()
prefixes = {}
for spec in env.all_specs():
    prefixes[spec.dag_hash()] = str(spec.external_path or "") if spec.external else str(spack.store.STORE.layout.path_for_spec(spec))
print("\\n${MARK}" + json.dumps({
    "root": str(spack.store.STORE.layout.root),
    "unpaddedRoot": str(spack.store.STORE.unpadded_root),
    "sbang": str(spack.hooks.sbang.sbang_install_path()),
    "spackPrefix": str(spack.paths.prefix),
    "prefixes": prefixes,
}))
`;

/** What Spack says of an environment that holds a lock. `settings`: as for `spack -c`. */
export async function readStoreLayout(session: SpackSession, settings: readonly string[]): Promise<StoreLayout> {
  const file = join(session.workFolder, 'store-layout.py');
  await writeFile(file, script);
  const { code, output, lines } = await spackCommand(session, ['python', file], { settings, isQuiet: true });
  const line = output.split('\n').findLast((one) => one.startsWith(MARK));
  if (code === 0 && line !== undefined) return StoreLayout.parse(JSON.parse(line.slice(MARK.length)));
  const reason = lines.findLast((one) => /Error/.test(one))?.trim() ?? `exit status ${String(code)}`;
  throw builderError('SPACK_FAILED', { what: 'describing its store', reason });
}
