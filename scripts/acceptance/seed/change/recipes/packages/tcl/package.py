from spack.package import *


class Tcl(Package):
    """Stands in for Tcl, whose sources are not here."""

    homepage = "https://example.org"
    has_code = False
    version("8.6.12")
    depends_on("zlib")

    def install(self, spec, prefix):
        mkdirp(prefix.bin)
        with open(prefix.bin.tclsh, "w") as f:
            f.write("#!/bin/sh\ncat %s/lib/zlib\n" % spec["zlib"].prefix)
        set_executable(prefix.bin.tclsh)
