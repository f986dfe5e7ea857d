import * as z from 'zod';
import { writeLockfile, type Lockfile } from '../../spack/index.ts';
import { inScratchView, type ScratchRequest } from './scratch-view.ts';
import { evaluateInSpack } from './spack-session.ts';

/**
 * A package's hash covers its recipe as it was locked (`package_hash`): what builds that version with these variants.
 * A recipe that Spack cannot read is another one, too.
 */
const text = `
import json, sys
import spack.environment
def is_changed(one):
    locked = getattr(one, "_package_hash", None)
    if one.external or not locked:
        return False
    try:
        return one.package.content_hash() != locked
    except Exception:
        return True
specs = spack.environment.active_environment().all_specs()
json.dump(sorted({one.name for one in specs if is_changed(one)}), open(sys.argv[1], "w"))
`;

/**
 * Returns the names of the packages of a lock whose recipes build them in another way than when they were locked. New
 * versions in a recipe, and new defaults, are not seen.
 */
export async function changedRecipes(request: ScratchRequest, lock: Lockfile): Promise<readonly string[]> {
  return inScratchView(request, writeLockfile(lock), async ({ here }) =>
    z.array(z.string()).parse(await evaluateInSpack(here, { name: 'changed-recipes', text }, {})),
  );
}
