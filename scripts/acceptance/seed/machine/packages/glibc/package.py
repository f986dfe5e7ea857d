from spack.package import *


class Glibc(Package):
    """The C library of the machine, of which Spack asks for a recipe."""

    homepage = "https://example.org"
    has_code = False
    tags = ["runtime"]
    provides("libc")
