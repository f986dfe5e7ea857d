from spack.package import *

try:
    from spack_repo.builtin.build_systems.generic import Package
except ImportError:
    pass


class CRuntime(Package):
    """The C runtime of the machine, for images that hold nothing else."""

    homepage = "https://example.org"
    has_code = False
    version("1.0")

    def install(self, spec, prefix):
        install_tree(join_path(self.package_dir, "src"), ".")
        which("sh", required=True)("gather.sh", "runtime")
        install_tree("runtime", prefix.lib)
