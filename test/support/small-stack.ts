import type { Change } from './served-stack.ts';

/** The last link of every chain of the small stack: nothing but a file. */
const leaf = `name: leaf
version: "1.0"
install: |
  mkdir -p "$PREFIX/share"
  printf 'leaf\\n' > "$PREFIX/share/leaf"
`;

const tool = `name: tool
version: "1.0"
source: { path: src/tool }
depends:
  link: [leaf]
build: cc -static -o tool tool.c
install: |
  mkdir -p "$PREFIX/bin"
  cp tool "$PREFIX/bin/tool"
`;

const other = `name: other
version: "1.0"
install: |
  mkdir -p "$PREFIX/bin"
  printf '#!/bin/sh\\necho other\\n' > "$PREFIX/bin/other"
  chmod +x "$PREFIX/bin/other"
`;

const policy = `images:
  - repository: small
    rules:
      - { ref: '^rev-(.+)$', tag: '$1' }
    base: scratch
    contents: packages
`;

/** Three packages: `tool`, a program that links `leaf`, and `other`, which has to do with neither. */
export const smallStack = {
  'spack.yaml': 'spack:\n  specs: [tool, other]\n  view: false\n',
  'slipway.yaml': policy,
  'recipes/leaf.yaml': leaf,
  'recipes/tool.yaml': tool,
  'recipes/other.yaml': other,
  'src/tool/tool.c': 'int main(void) { return 0; }\n',
} as const satisfies Change;
