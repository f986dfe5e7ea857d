#!/bin/bash -e
# Installs what the tutorial installs, from the build cache of this container alone.
spack gpg trust /mirror/public.key
spack install --cache-only "$@"
