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
  'Linaro/lava': 'lava/lava',
  'cern-eos/eos': 'dss/eos',
  'f-droid/fdroidclient': 'fdroid/fdroidclient',
  'f-droid/fdroidserver': 'fdroid/fdroidserver',
  'gitlabhq/gitlab-runner': 'gitlab-org/gitlab-runner',
  'gitlabhq/omnibus-gitlab': 'gitlab-org/omnibus-gitlab',
  'mbroz/cryptsetup': 'cryptsetup/cryptsetup',
};

const variables: Readonly<Record<string, Project['variables']>> = {
  'BlueBrain/CoreNeuron': { GITLAB_PIPELINES_BRANCH: 'main' },
  'gitlabhq/omnibus-gitlab': { CI_SERVER_HOST: 'gitlab.com' },
};

const files: Readonly<Record<string, readonly string[]>> = {
  'C2SM/icon4py': ['all', 'default', 'merge'].map((name) => `.cscs-ci/${name}.yml`),
  'GridTools/gt4py': ['default', 'dace-determinism'].map((name) => `.cscs-ci/${name}.yml`),
  'LLNL/hiop': ['llnl', 'ornl'].map((site) => `.gitlab/${site}-ci.yml`),
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
  'parthenon-hpc-lab/parthenon': ['.gitlab-ci-darwin.yml'],
  'pika-org/pika': ['.gitlab/includes/clang18_pipeline.yml'],
  'simgrid/simgrid': ['framasoft', 'inria'].map((site) => `.gitlab-ci-${site}.yml`),
  'spack/spack-packages': ['.ci/gitlab/.gitlab-ci.yml'],
  'vjranagit/spack': ['.ci/gitlab-ci.yml'],
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
  'CEED/libCEED',
  'Debian/apt',
  'European-XFEL/Karabo',
  'GNOME/gnome-calculator',
  'Igalia/mesa',
  'KDE/kdeconnect-kde',
  'Kitware/SMTK',
  'LLNL/AMS',
  'LLNL/DiHydrogen',
  'LLNL/Tribol',
  'LLNL/UnifyFS',
  'LLNL/scr',
  'Linaro/lava',
  'NOAA-GFDL/MOM6',
  'QEF/q-e',
  'Viskores/viskores',
  'alpaka-group/cupla',
  'archlinux/archiso',
  'archlinux/aurweb',
  'buildroot/buildroot',
  'cern-eos/eos',
  'dCache/dcache',
  'f-droid/fdroidclient',
  'f-droid/fdroidserver',
  'flecsi/flecsi',
  'gitlabhq/omnibus-gitlab',
  'guillemj/dpkg',
  'haasn/libplacebo',
  'hyyoxhk/ci-templates',
  'ilbers/isar',
  'lanl/singularity-eos',
  'libvirt/libvirt-dbus',
  'libvirt/libvirt-go-module',
  'lscsoft/lalsuite',
  'math-comp/math-comp',
  'mbroz/cryptsetup',
  'openconnect/openconnect',
  'redox-os/redox',
  'samba-team/samba',
  'siemens/meta-iot2050',
  'slepc/slepc',
  'spack/spack-tutorial-container',
  'starpu-runtime/starpu',
  'u-boot/u-boot',
  'videolan/dav1d',
  'wayland-mirror/weston',
  'xrootd/xrootd',
  ...Object.keys(files),
];

/** Projects whose requests are at GitHub. */
const MIRRORED = /^(?:llnl|c2sm|dcache)\/|^GridTools\/gt4py$/i;

/** The projects of the table, by name. */
export const projects: readonly Project[] = names
  .map((name) => ({
    name,
    files: files[name] ?? ['.gitlab-ci.yml'],
    path: paths[name] ?? name,
    variables: variables[name] ?? {},
    hasRequests: !MIRRORED.test(name),
  }))
  .toSorted((a, b) => a.name.localeCompare(b.name));
