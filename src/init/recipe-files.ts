import type { BuildSystem, FolderFacts, SourceFacts } from './inspect-folder.ts';
import type { ProjectFile } from './project-options.ts';
import { yamlText } from './yaml-text.ts';

/** Returns the recipe of the program in this folder, and the environment that consists of it. */
export function recipeFiles({ sources }: FolderFacts, name: string): readonly ProjectFile[] {
  if (sources === undefined) return [];
  const { build, install } = stepsOf(sources, name);
  const files = sources.files.map((one) => (one.includes('*') ? `'${one}'` : yamlText(one))).join(', ');
  const recipe = `# How Slipway builds this program. Keys: docs/reference/configuration.md, variables of the steps:
# docs/reference/environment.md
name: ${yamlText(name)}
version: '0.1.0'
# What the program is built from. Add new files and folders at the top of the repository here.
source: { path: ., files: [${files}] }
${build}${install}# test: make check
`;
  const environment = `# The packages of this stack, in the format of Spack. Each has a file in recipes/.
spack:
  specs:
    - ${yamlText(name)}
  view: false
`;
  return [
    { path: `recipes/${name}.yaml`, text: recipe },
    { path: 'spack.yaml', text: environment },
  ];
}

/** Returns the program that the image starts. */
export function recipeProgram({ sources }: FolderFacts, name: string): string {
  return sources?.program ?? name;
}

type Steps = Readonly<Record<'build' | 'install', string>>;

function stepsOf(sources: SourceFacts, name: string): Steps {
  const { buildSystem, program = name, installs } = sources;
  const copied = `install: |\n  mkdir -p "$PREFIX/bin"\n  cp ${program} "$PREFIX/bin/"\n`;
  const steps: Readonly<Record<BuildSystem, Steps>> = {
    make: {
      build: 'build: make\n',
      install: installs ? 'install: make install PREFIX="$PREFIX" prefix="$PREFIX"\n' : copied,
    },
    cmake: {
      build:
        'build: |\n  cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$PREFIX"\n' +
        '  cmake --build build\n',
      install: 'install: cmake --install build\n',
    },
    configure: {
      build: 'build: |\n  ./configure --prefix="$PREFIX"\n  make\n',
      install: 'install: make install\n',
    },
    meson: {
      build:
        'build: |\n  meson setup build --prefix="$PREFIX" --buildtype=release\n  meson compile -C build -j "$JOBS"\n',
      install: 'install: meson install -C build\n',
    },
    cc: { build: `build: $CC -O2 -o ${program} *.c\n`, install: copied },
  };
  return steps[buildSystem];
}
