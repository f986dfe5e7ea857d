from spack.package import *

try:
    from spack_repo.builtin.build_systems.generic import Package
except ImportError:
    pass


class StackCc(Package):
    """Compiles for the stack: every program finds its libraries and its loader in it."""

    homepage = "https://example.org"
    has_code = False
    version("1.0")
    depends_on("c-runtime", type=("build", "run"))

    def install(self, spec, prefix):
        install_tree(join_path(self.package_dir, "src"), ".")
        filter_file("@RUNTIME@", spec["c-runtime"].prefix, "stack-cc.in", string=True)
        mkdirp(prefix.bin)
        install("stack-cc.in", prefix.bin.join("stack-cc"))
        set_executable(prefix.bin.join("stack-cc"))
