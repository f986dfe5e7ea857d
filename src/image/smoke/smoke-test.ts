import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Image } from '../../oci/index.ts';
import { imageError } from '../errors.ts';
import type { FactsReader } from '../facts/facts-cache.ts';
import { checkLibraries } from './check-libraries.ts';
import { commandsOf } from './definition.ts';
import type { SmokeTest } from './definition.ts';
import { runCommands } from './run-commands.ts';
import type { CommandResult } from './run-commands.ts';

export interface SmokeOptions {
  readonly smoke: SmokeTest;
  readonly facts: FactsReader;
  /** Search path for the programs of this machine. */
  readonly path: string | undefined;
  /** Where the image is unpacked while commands run; the system's temporary folder unless given. */
  readonly temporary?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SmokeReport {
  readonly commands: readonly CommandResult[];
  /** What the base lacks by itself, for people to know. */
  readonly missingInBase: number;
}

const SHOWN = 5;

/**
 * Tries an image: looks that what its packages are linked with is there, then runs the commands. Throws
 * IMAGE_LIBRARIES_MISSING or IMAGE_SMOKE_FAILED, and IMAGE_SMOKE_IMPOSSIBLE where nothing can be run. An image for another
 * processor than this machine's is only looked at.
 */
export async function smokeTest(image: Image, options: SmokeOptions): Promise<SmokeReport> {
  const { smoke, facts } = options;
  let missingInBase = 0;
  if (smoke.libraries) {
    const report = await checkLibraries(image, { facts, ignore: smoke.ignore });
    missingInBase = report.missingInBase.length;
    refuseMissing(report.missing);
  }
  const commands = runsHere(image) ? commandsOf(smoke) : [];
  if (commands.length === 0) return { commands: [], missingInBase };
  const folder = await mkdtemp(join(options.temporary ?? tmpdir(), 'slipway-smoke-'));
  try {
    const results = await runCommands(image, commands, { ...options, folder: join(folder, 'root') });
    const failed = results.find(({ passed }) => !passed);
    if (failed !== undefined) {
      const { command, reason, output } = failed;
      throw imageError('IMAGE_SMOKE_FAILED', { command, reason, output: output === '' ? 'nothing' : output });
    }
    return { commands: results, missingInBase };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function refuseMissing(missing: Awaited<ReturnType<typeof checkLibraries>>['missing']): void {
  if (missing.length === 0) return;
  const shown = missing.slice(0, SHOWN).map(({ needer, missing: what }) => `${needer} needs ${what}`);
  const rest = missing.length > SHOWN ? [`and ${missing.length - SHOWN} more`] : [];
  throw imageError('IMAGE_LIBRARIES_MISSING', { count: missing.length, first: [...shown, ...rest].join('; ') });
}

/** Node's names of processors, and those of images. */
const MACHINES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
};

function runsHere({ config }: Image): boolean {
  return MACHINES[process.arch] === config.architecture;
}
