/** A project whose pipeline is planned. */
export interface Project {
  /** Name of the repository, also of its folder. */
  readonly name: string;
  readonly files: readonly string[];
  /** Its path on the GitLab server that runs its pipelines, which its rules compare with. */
  readonly path: string;
  /** Variables of its settings there that its includes name. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether that server has merge requests; a mirror of GitHub has none. */
  readonly hasRequests: boolean;
}

const paths: Readonly<Record<string, string>> = {
  'Kitware/CMake': 'cmake/cmake',
  'Kitware/ParaView': 'paraview/paraview',
  'Kitware/VTK': 'vtk/vtk',
  'Kitware/VTK-m': 'vtk/vtk-m',
  'gitlabhq/gitlab-runner': 'gitlab-org/gitlab-runner',
};

const variables: Readonly<Record<string, Project['variables']>> = {
  'BlueBrain/CoreNeuron': { GITLAB_PIPELINES_BRANCH: 'main' },
};

const files: Readonly<Record<string, readonly string[]>> = {
  'cp2k/cp2k': ['ci/cscs_daint_spack_psmp.yaml', 'ci/cscs_eiger_spack_ssmp.yaml'],
  'electronic-structure/SIRIUS': ['ci/cscs-daint.yml'],
  'eth-cscs/COSMA': ['ci/cscs.yml'],
  'eth-cscs/DLA-Future': ['ci/.gitlab-ci.yml', 'ci/cpu/clang15_release.yml'],
  'kokkos/kokkos': ['alcf', 'hpsf', 'nersc', 'olcf'].map((site) => `.gitlab/${site}-gitlab-ci.yml`),
  'ornladios/ADIOS2': ['.gitlab/gitlab-ci-spack.yml'],
  'GridTools/gridtools': ['ci/cscs.yml'],
  'eth-cscs/Tiled-MM': ['ci/daint-alps.yml'],
  'kokkos/kokkos-kernels': ['.gitlab/olcf-gitlab-ci.yml'],
  'NVIDIA/k8s-device-plugin': ['.nvidia-ci.yml'],
  'LLNL/zfp': ['tests/gitlab/gitlab-ci.yml'],
  'sphexa-org/sphexa': ['ci/cscs.yml'],
  'spack/spack-packages': ['.ci/gitlab/.gitlab-ci.yml'],
};

const names = [
  ...['axom', 'Caliper', 'CHAI', 'RAJA', 'RAJAPerf', 'Umpire', 'benchpark', 'lbann', 'serac', 'sundials'].map(
    (name) => `LLNL/${name}`,
  ),
  ...['citemplates', 'epiphany', 'evince', 'gegl', 'gjs', 'glib', 'gnome-control-center', 'gnome-shell'].map(
    (name) => `GNOME/${name}`,
  ),
  ...['gtksourceview', 'libadwaita', 'librsvg', 'libxml2', 'mutter', 'nautilus', 'pango', 'tracker', 'vala'].map(
    (name) => `GNOME/${name}`,
  ),
  ...['kate', 'okular', 'plasma-workspace'].map((name) => `KDE/${name}`),
  ...['CMake', 'ParaView', 'VTK', 'VTK-m'].map((name) => `Kitware/${name}`),
  ...['baobab', 'gdk-pixbuf', 'glib-networking', 'gnome-builder', 'gnome-settings-daemon', 'gnome-software'].map(
    (name) => `GNOME/${name}`,
  ),
  ...['gobject-introspection', 'gvfs'].map((name) => `GNOME/${name}`),
  ...['Kripke', 'conduit'].map((name) => `LLNL/${name}`),
  'llnl/spheral',
  'agx/git-buildpackage',
  'GStreamer/gstreamer',
  'xen-project/xen',
  'BlueBrain/CoreNeuron',
  'BlueBrain/spack',
  'ComputationalRadiationPhysics/picongpu',
  'E4S-Project/e4s',
  'NetworkManager/NetworkManager',
  'OpenMW/openmw',
  'PipeWire/pipewire',
  'archlinux/archinstall',
  'coq/coq',
  'eic/containers',
  'espressomd/espresso',
  'ginkgo-project/ginkgo',
  'gitlabhq/gitlab-runner',
  'gnutls/gnutls',
  'gromacs/gromacs',
  'libssh/libssh-mirror',
  'libvirt/libvirt-python',
  'mfem/mfem',
  'petsc/petsc',
  'ottok/salsa-ci-pipeline',
  'tezos/tezos-mirror',
  ...Object.keys(files),
];

/** The projects of the table, by name. */
export const projects: readonly Project[] = names
  .map((name) => ({
    name,
    files: files[name] ?? ['.gitlab-ci.yml'],
    path: paths[name] ?? name,
    variables: variables[name] ?? {},
    hasRequests: !/^llnl\//i.test(name),
  }))
  .toSorted((a, b) => a.name.localeCompare(b.name));
