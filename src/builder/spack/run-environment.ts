/**
 * A function in Python that lists the changes that an installed package, and those that it links or runs, make to an
 * environment, in the way of `spack.build_environment.SetupContext.get_env_modifications`.
 */
export const describeRunEnvironment = `
import os, re
import spack.build_environment, spack.deptypes
from spack.context import Context
from spack.util.environment import EnvironmentModifications
actions = {
    "SetEnv": "set", "SetPath": "set", "UnsetEnv": "unset", "AppendFlagsEnv": "append-flags", "RemoveFlagsEnv": "remove-flags",
    "PrependPath": "prepend-path", "AppendPath": "append-path", "RemovePath": "remove-path",
    "RemoveFirstPath": "remove-first-path", "RemoveLastPath": "remove-last-path",
    "DeprioritizeSystemPaths": "deprioritize-system-paths", "PruneDuplicatePaths": "prune-duplicate-paths",
}
def run_environment(spec):
    spack.build_environment.SetupContext(spec, context=Context.RUN).set_all_package_py_globals()
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
    return {
        "version": 1,
        "own": changes(spec.package.setup_run_environment),
        "from": {d.dag_hash(): changes(lambda mods: d.package.setup_dependent_run_environment(mods, spec)) for d in depends},
        "prefixes": {hash: prefix for prefix, hash in prefixes.items()},
    }
`;
