import * as z from 'zod';
import { messageOf } from '../../kit/index.ts';
import { evaluateInSpack, type SpackSession } from './spack-session.ts';

/**
 * Asks Spack itself: it expands matrices and definitions, and merges all its configuration. Groups of roots (Spack 1.2)
 * may need each other, and included environments (`include_concrete`) add roots that are not the environment's.
 */
const text = `
import json, sys
import spack.config, spack.environment, spack.spec
env = spack.environment.active_environment()
try:
    jobs = spack.config.determine_number_of_jobs(parallel=True)
except AttributeError:
    from spack.util.cpus import determine_number_of_jobs
    jobs = determine_number_of_jobs(parallel=True)
isolated = env.unify is False and not env.included_concrete_envs
written = env.manifest["spack" if "spack" in env.manifest else "env"].get("specs") or []
grouped = any(isinstance(one, dict) and "group" in one for one in written)
roots = [str(one) for one in env.user_specs]
# A lock names a root as Spack prints it, and an environment of some roots is one that Spack has printed.
repeatable = all(str(spack.spec.Spec(one)) == one for one in roots)
independent = isolated and not grouped and repeatable
json.dump({"roots": roots, "isIndependent": independent, "jobs": jobs}, open(sys.argv[1], "w"))
`;

const EnvironmentRoots = z.object({
  /** As Spack prints them, in the environment's order. */
  roots: z.array(z.string()),
  /** Each is concretized without regard to the others (`unify: false`), so that they can be locked apart. */
  isIndependent: z.boolean(),
  /** How many solvers Spack would run at once. */
  jobs: z.number(),
});
export type EnvironmentRoots = z.infer<typeof EnvironmentRoots>;

/** Reads the roots of an environment; undefined, with a line in the log, if this Spack cannot list them. */
export async function readRoots(session: SpackSession): Promise<EnvironmentRoots | undefined> {
  try {
    return EnvironmentRoots.parse(await evaluateInSpack(session, { name: 'environment-roots', text }, {}));
  } catch (error) {
    session.signal?.throwIfAborted();
    session.log(`The roots of the environment cannot be listed, so all are locked together: ${messageOf(error)}`);
    return undefined;
  }
}
