import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Image } from '../../oci/index.ts';
import { imageError } from '../errors.ts';
import type { FactsReader } from '../facts/facts-cache.ts';
import type { MissingLibrary } from '../facts/missing-libraries.ts';
import { checkLibraries } from './check-libraries.ts';
import { commandsOf, type SmokeTest } from './definition.ts';
import type { EntranceOptions } from './enter-root.ts';
import { openImage } from './open-image.ts';
import { runCommands, type CommandResult } from './run-commands.ts';

interface SmokeOptions extends EntranceOptions {
  readonly smoke: SmokeTest;
  readonly facts: FactsReader;
  /** Where the image is unpacked while commands run; by default the system's temporary folder. */
  readonly temporary?: string;
  readonly signal?: AbortSignal;
}

interface SmokeReport {
  readonly commands: readonly CommandResult[];
  /** Why the commands ran without a sandbox. */
  readonly unsandboxed?: string;
  /** How many things programs of the base lack. */
  readonly missingInBase: number;
  /** Missing libraries of libraries that no program loads when it starts: `/a/libx.so needs liby.so`. */
  readonly notes: readonly string[];
}

const SHOWN = 5;

/**
 * Tries an image: looks that what its packages are linked with is there, then runs the commands. Throws
 * IMAGE_LIBRARIES_MISSING or IMAGE_SMOKE_FAILED, and IMAGE_SMOKE_IMPOSSIBLE where nothing can be run. An image for
 * another processor than this machine's is only looked at.
 */
export async function smokeTest(image: Image, options: SmokeOptions): Promise<SmokeReport> {
  const { smoke, facts } = options;
  const { missing, unreached, missingInBase } = smoke.libraries
    ? await checkLibraries(image, { facts, ignore: smoke.ignore })
    : { missing: [], unreached: [], missingInBase: [] };
  refuseMissing(missing);
  const found = { missingInBase: missingInBase.length, notes: unreached.map(describe) };
  const commands = runsHere(image) ? commandsOf(smoke) : [];
  if (commands.length === 0) return { commands: [], ...found };
  const folder = await mkdtemp(join(options.temporary ?? tmpdir(), 'slipway-smoke-'));
  try {
    const opened = await openImage(image, { ...options, folder: join(folder, 'root') });
    const results = await runCommands(opened, commands, options);
    const failed = results.find(({ passed }) => !passed);
    if (failed !== undefined) {
      const { command, reason, output } = failed;
      throw imageError('IMAGE_SMOKE_FAILED', { command, reason, output: output === '' ? 'nothing' : output });
    }
    return { commands: results, unsandboxed: opened.unsandboxed, ...found };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function refuseMissing(missing: readonly MissingLibrary[]): void {
  if (missing.length === 0) return;
  const shown = missing.slice(0, SHOWN).map(describe);
  const rest = missing.length > SHOWN ? [`and ${missing.length - SHOWN} more`] : [];
  throw imageError('IMAGE_LIBRARIES_MISSING', { count: missing.length, first: [...shown, ...rest].join('; ') });
}

function describe({ needer, missing, programs }: MissingLibrary): string {
  const [program] = programs;
  const by = program === undefined || program === needer ? '' : ` (loaded by ${program})`;
  return `${needer} needs ${missing}${by}`;
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
