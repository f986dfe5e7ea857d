import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Spack's own logs, and what the common build systems leave for people. The environment can hold secrets: it stays. */
const logName =
  /^(?:spack-build-(?:\d\d-[\w.]+-)?(?:out|log)[\w.-]*|spack-build-\d\d-[\w.-]+|spack-configure-args\.txt|config\.log|CMakeCache\.txt|CMakeError\.log|CMakeConfigureLog\.yaml|meson-log\.txt|test-log\.txt|.*-test-out\.txt|ci-test-results\.xml|install_times\.json)$/;
const LARGEST = 64 * 1024 * 1024;

/** Copies the logs below a folder to another, flat; of two with one name the first that is found. */
export async function keepLogs(from: string, to: string): Promise<readonly string[]> {
  const names = await readdir(from, { recursive: true }).catch(() => []);
  const kept = new Set<string>();
  for (const name of names.toSorted((a, b) => a.split('/').length - b.split('/').length)) {
    if (!logName.test(basename(name)) || kept.has(basename(name))) continue;
    const found = await stat(join(from, name)).catch(() => undefined);
    if (found?.isFile() !== true || found.size > LARGEST) continue;
    await mkdir(to, { recursive: true });
    await copyFile(join(from, name), join(to, basename(name)));
    kept.add(basename(name));
  }
  return [...kept];
}
