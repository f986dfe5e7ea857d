/** Packages of compilers whose name after `%` was another up to Spack 0.23, and may still be. */
const namesAfterPercent: readonly (readonly [string, string])[] = [
  ['llvm', 'clang'],
  ['intel-oneapi-compilers', 'oneapi'],
  ['llvm-amdgpu', 'rocmcc'],
  ['intel-oneapi-compilers-classic', 'intel'],
  ['acfl', 'arm'],
];
const packages = new Map(namesAfterPercent.map(([name, after]) => [after, name]));
const afterPercent = new Map(namesAfterPercent);

/** Returns the package that `%name` stands for. */
export function compilerPackage<T extends string | undefined>(name: T): T | string {
  return packages.get(name ?? '') ?? name;
}

/** How a package is written after `%`, so that Spack of any version knows it. */
export function nameAfterPercent<T extends string | undefined>(name: T): T | string {
  return afterPercent.get(name ?? '') ?? name;
}
