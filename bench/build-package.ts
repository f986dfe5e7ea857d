/** Functions of one source file: about a second and a half of compiling. */
const FUNCTIONS = 100;

/** Returns the recipe and the sources of a package that takes long to compile, by path. */
export function compileHeavyPackage(name: string, count: number): Readonly<Record<string, string>> {
  const objects = Array.from({ length: count }, (_, index) => `part${index}`);
  const folder = `src/${name}`;
  return {
    [`recipes/${name}.yaml`]: [
      `name: ${name}`,
      'version: "1.0"',
      `source: { path: ${folder} }`,
      'build: make',
      `install: mkdir -p "$PREFIX/lib" && cp lib${name}.a "$PREFIX/lib/"`,
      '',
    ].join('\n'),
    [`${folder}/Makefile`]: [
      `lib${name}.a: ${objects.map((one) => `${one}.o`).join(' ')}`,
      '\tar rcD $@ $^',
      '%.o: %.c',
      '\tcc -O2 -c -o $@ $<',
      '',
    ].join('\n'),
    ...Object.fromEntries(objects.map((one, index) => [`${folder}/${one}.c`, source(name, index)])),
  };
}

function source(name: string, part: number): string {
  const functions = Array.from({ length: FUNCTIONS }, (_, index) => numericFunction(`${name}_${part}_${index}`, index));
  return ['#include <math.h>', ...functions, ''].join('\n');
}

function numericFunction(name: string, index: number): string {
  return `double ${name}(const double *a, double *b, int n) {
  double s = ${index}.5, t = 1.25;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      s += a[i * n + j] * b[j] + sin(s) * t;
      t = t * 0.5 + cos(a[j]) * ${index + 1}.0;
      b[(i + j) % n] += s - t;
    }
    switch (i % 7) {
      case 0: s += sqrt(t * t); break;
      case 1: t -= exp(s / 1e9); break;
      case 2: s *= 1.01; break;
      case 3: t += a[i] * a[i]; break;
      case 4: s -= pow(t, 2.0); break;
      default: t /= 1.5;
    }
  }
  return s + t;
}`;
}
