import { messageOf } from '../../kit/index.ts';
import { RunEnvironment } from '../../spack/index.ts';
import { evaluateInSpack } from './spack-session.ts';
import type { BuildSetup } from './build-setup.ts';

/**
 * Lists the changes that an installed package, and those that it links or runs, make to an environment, in the way of
 * `spack.build_environment.SetupContext.get_env_modifications`.
 */
const script = (hash: string) => `
import json, os, re, sys
import spack.build_environment, spack.deptypes, spack.environment
from spack.context import Context
from spack.util.environment import EnvironmentModifications
spec = next(s for s in spack.environment.active_environment().all_specs() if s.dag_hash() == "${hash}")
spack.build_environment.SetupContext(spec, context=Context.RUN).set_all_package_py_globals()
actions = {
    "SetEnv": "set", "SetPath": "set", "UnsetEnv": "unset", "AppendFlagsEnv": "append-flags", "RemoveFlagsEnv": "remove-flags",
    "PrependPath": "prepend-path", "AppendPath": "append-path", "RemovePath": "remove-path",
    "RemoveFirstPath": "remove-first-path", "RemoveLastPath": "remove-last-path",
    "DeprioritizeSystemPaths": "deprioritize-system-paths", "PruneDuplicatePaths": "prune-duplicate-paths",
}
prefixes = {str(s.prefix): s.dag_hash() for s in spec.traverse() if not s.external}
longest = sorted(prefixes, key=len, reverse=True)
pattern = re.compile("(?:%s)(?![A-Za-z0-9_.-])" % "|".join(re.escape(p) for p in longest))
def change(mod):
    action = actions[type(mod).__name__]
    found = {"action": action, "name": mod.name}
    if hasattr(mod, "value"):
        value = str(mod.value)
        if action.endswith("-path"):
            value = os.path.normpath(value)
        found["value"] = pattern.sub(lambda m: "\${/%s}" % prefixes[m.group(0)], value)
    if action not in ("set", "unset"):
        found["separator"] = mod.separator
    return found
def changes(setup):
    mods = EnvironmentModifications()
    setup(mods)
    return [change(mod) for mod in mods.env_modifications]
depends = spec.dependencies(deptype=spack.deptypes.LINK | spack.deptypes.RUN)
json.dump({
    "version": 1,
    "own": changes(spec.package.setup_run_environment),
    "from": {d.dag_hash(): changes(lambda mods: d.package.setup_dependent_run_environment(mods, spec)) for d in depends},
    "prefixes": {hash: prefix for prefix, hash in prefixes.items()},
}, open(sys.argv[1], "w"))
`;

/** Returns the run environment of a package that Spack has just installed. A recipe that fails is logged. */
export async function readRunEnvironment(
  { session, settings, view }: BuildSetup,
  hash: string,
): Promise<RunEnvironment | undefined> {
  try {
    const text = script(hash);
    return RunEnvironment.parse(await evaluateInSpack(session, { name: 'run-environment', text }, { settings, view }));
  } catch (error) {
    session.signal?.throwIfAborted();
    session.log(`What variables the package sets for its users is not recorded: ${messageOf(error)}`);
    return undefined;
  }
}
