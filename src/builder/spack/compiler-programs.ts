import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileState } from './path-state.ts';

const compilerName =
  /^(?:[\w.]+-)*(?:gcc|g\+\+|gfortran|clang|clang\+\+|flang|icx|icpx|ifx|nvc|nvc\+\+|nvfortran|cc|c\+\+)(?:-[\d.]+)?$|^python3?$/;

/** Describes the files of the compilers and the interpreter that Spack would find on PATH; runs none of them. */
export async function compilerPrograms(path: string): Promise<string> {
  const folders = [...new Set(path.split(':').filter((part) => part !== ''))];
  const found: string[] = [];
  for (const folder of folders) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => compilerName.test(name)).toSorted();
    for (const name of names) found.push(`${basename(name)} ${await fileState(join(folder, name))}`);
  }
  return found.join('\n');
}
