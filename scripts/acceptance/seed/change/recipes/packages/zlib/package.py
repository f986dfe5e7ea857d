from spack.package import *


class Zlib(Package):
    """Stands in for zlib, whose sources are not here."""

    homepage = "https://example.org"
    has_code = False
    version("1.3.1")
    version("1.2.8")

    def install(self, spec, prefix):
        mkdirp(prefix.lib)
        with open(prefix.lib.zlib, "w") as f:
            f.write("%s\n" % spec.version)
