import os
import platform

from spack.package import *

try:
    # Spack 1.0 and newer
    from spack_repo.builtin.build_systems.generic import Package
except ImportError:
    pass

# SHA-256 of the archives of a release, by version and machine. `npm run release` fills this in, and where they are.
_archives = {}
_location = f"file://{os.getcwd()}"
_names = {"x86_64": "x64", "aarch64": "arm64"}


class Slipway(Package):
    """Takes a Spack stack from a pull request to a signed, published container image: pipelines, a signed
    mirror and images in one program."""

    homepage = "https://www.npmjs.com/package/slipway"
    # Without a location, the archive is found in the current folder or on a mirror.
    manual_download = _location.startswith("file:")

    license("Apache-2.0 OR MIT")

    _machine = platform.machine()
    for _version, _digests in _archives.items():
        if _machine in _digests:
            version(
                _version,
                sha256=_digests[_machine],
                url=f"{_location}/slipway-{_version}-linux-{_names[_machine]}.tar.gz",
            )

    depends_on("node-js@20.19:", type="run")
    depends_on("git@2.30:", type="run")

    requires("platform=linux")

    def install(self, spec, prefix):
        # The archive has a Node.js of its own, which is left out.
        install_tree("lib/node_modules", prefix.lib.node_modules)
        for file in ("CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"):
            install(file, prefix)
        mkdirp(prefix.bin)
        program = prefix.lib.node_modules.slipway.bin.join("slipway.js")
        with open(prefix.bin.slipway, "w") as launcher:
            launcher.write(f'#!/bin/sh\nexec "{spec["node-js"].prefix.bin.node}" "{program}" "$@"\n')
        set_executable(prefix.bin.slipway)
