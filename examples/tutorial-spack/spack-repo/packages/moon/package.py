from spack.package import *

try:
    from spack_repo.builtin.build_systems.generic import Package
except ImportError:
    pass


class Moon(Package):
    """Tells the phase of the moon."""

    homepage = "https://example.org"
    has_code = False
    version("1.0")
    depends_on("stack-cc", type="build")
    depends_on("c-runtime")

    def install(self, spec, prefix):
        install_tree(join_path(self.package_dir, "src"), ".")
        for one in spec.traverse(root=False):
            if not one.external:
                env["DEP_" + one.name.upper().replace("-", "_")] = one.prefix
        which("make", required=True)("install", "PREFIX=" + prefix)
