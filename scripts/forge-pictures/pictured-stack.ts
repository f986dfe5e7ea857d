/** What each package links, in an order in which all of them can be built. */
const links: Readonly<Record<string, string>> = {
  zlib: '',
  bzip2: '',
  xz: '',
  lz4: '',
  zstd: '',
  libiconv: '',
  expat: '',
  libaec: '',
  openssl: 'zlib',
  libxml2: 'zlib xz libiconv',
  hwloc: 'libxml2',
  libevent: 'openssl',
  pmix: 'hwloc libevent zlib',
  openmpi: 'pmix hwloc',
  openblas: '',
  fftw: 'openmpi',
  metis: '',
  parmetis: 'metis openmpi',
  scotch: 'zlib bzip2 xz',
  hdf5: 'zlib libaec openmpi',
  'netcdf-c': 'hdf5 libxml2 zstd',
  'netcdf-fortran': 'netcdf-c',
  'parallel-netcdf': 'openmpi',
  c_blosc: 'zlib lz4 zstd',
  adios2: 'openmpi c_blosc hdf5',
  silo: 'hdf5',
  hypre: 'openblas openmpi',
  'superlu-dist': 'openblas parmetis',
  mumps: 'openblas scotch parmetis',
  petsc: 'hypre superlu-dist mumps hdf5 fftw',
  slepc: 'petsc',
  trilinos: 'openblas parmetis hdf5',
  sundials: 'petsc hypre',
  mfem: 'hypre sundials netcdf-c zlib',
  conduit: 'hdf5 openmpi',
  gdal: 'netcdf-c libxml2 expat',
  cdo: 'netcdf-c fftw',
  nco: 'netcdf-c',
  eccodes: 'libaec',
  esmf: 'netcdf-fortran parallel-netcdf',
  wrf: 'netcdf-fortran esmf',
  paraview: 'adios2 conduit gdal',
};

const roots = ['wrf', 'slepc', 'trilinos', 'mfem', 'paraview', 'cdo', 'nco', 'eccodes', 'silo'];

/** A stack of simulation programs, whose packages are small enough to be built for a picture. */
export function picturedStack(): Record<string, string> {
  const recipes = Object.entries(links).map(([name, needs]) => [recipeFile(name), recipe(name, { needs })]);
  return {
    'spack.yaml': `spack:\n  specs:\n${roots.map((name) => `    - ${name}\n`).join('')}  view: false\n`,
    'src/hdf5/H5Zdeflate.c': deflate('compressBound'),
    ...Object.fromEntries(recipes),
  };
}

/** A change that most of the stack depends on, and that does not compile. */
export function picturedChange(): Record<string, string> {
  return {
    [recipeFile('zlib')]: recipe('zlib', { version: '1.3.1' }),
    'src/hdf5/H5Zdeflate.c': deflate('compressBound_z'),
  };
}

const recipeFile = (name: string) => `recipes/${plain(name)}.yaml`;
const plain = (name: string) => name.replace('_', '-');

function recipe(name: string, { version = '1.3', needs = '' }: { version?: string; needs?: string }): string {
  const linked = needs === '' ? [] : ['depends:', `  link: [${needs.split(' ').map(plain).join(', ')}]`];
  const compiled = [
    'source: { path: src/hdf5 }',
    'build: cc -Werror=implicit-function-declaration -I"$DEP_ZLIB/include" -c H5Zdeflate.c',
  ];
  return [
    `name: ${plain(name)}`,
    `version: "${version}"`,
    ...(name === 'hdf5' ? compiled : []),
    ...linked,
    'install: |',
    '  mkdir -p "$PREFIX/include"',
    `  echo 'unsigned long compressBound(unsigned long);' > "$PREFIX/include/${plain(name)}.h"`,
    '',
  ].join('\n');
}

function deflate(bound: string): string {
  return `#include <stddef.h>
#include "zlib.h"

size_t H5Z_filter_deflate(size_t nbytes) {
  size_t z_dst_nbytes = ${bound}(nbytes);
  return z_dst_nbytes > nbytes ? z_dst_nbytes : nbytes;
}
`;
}
