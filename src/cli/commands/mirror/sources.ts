import type { Command } from 'commander';
import { mirrorSources, type MirroredPackage } from '../../../package-job/index.ts';
import { jobContext, type CommandContext } from '../../command.ts';
import { addLockOptions, lockRequest, type LockOptions } from '../../lock-options.ts';
import { withProgress } from '../../progress.ts';
import { jsonOption, type JsonFlag } from './flags.ts';

interface SourcesFlags extends LockOptions, JsonFlag {
  readonly private?: true;
}

/** `slipway mirror sources`. */
export function configureSources(command: Command, context: CommandContext): void {
  const sources = command
    .command('sources')
    .description(
      'fetch the sources of all packages of a lock, with patches and resources, into a mirror of sources, for sites ' +
        'without a network. Spack fetches them; what the mirror has is not fetched again',
    )
    .argument('<folder>', 'the mirror; made if missing');
  addLockOptions(sources)
    .option('--private', 'fetch sources too whose recipes forbid to redistribute them')
    .option(...jsonOption)
    .action((folder: string, flags: SourcesFlags) => collect(folder, flags, context));
}

async function collect(folder: string, flags: SourcesFlags, context: CommandContext): Promise<void> {
  const { terminal, cwd } = context;
  const packages: MirroredPackage[] = [];
  const print = (line: string) => (flags.json ? terminal.note(line) : terminal.data(line));
  try {
    await withProgress(terminal, { title: 'Fetching sources' }, async (onProgress) => {
      const onPackage = (done: MirroredPackage, total: number): void => {
        print(`[${packages.push(done)}/${total}] ${lineOf(done)}`);
        onProgress(packages.length, total);
      };
      const request = { ...lockRequest(flags, cwd), folder, isPrivate: flags.private === true, onPackage };
      await mirrorSources(request, jobContext(context));
    });
  } finally {
    if (flags.json) terminal.json({ packages });
    else if (packages.length > 0) terminal.note(summary(packages));
  }
}

const words = {
  fetched: 'fetched',
  present: 'was there',
  none: 'no source',
  restricted: 'left out',
  failed: 'failed',
} as const;

function lineOf({ package: title, outcome, moving, reason }: MirroredPackage): string {
  const line = `${words[outcome]}: ${title}`;
  const fixed = moving.length === 0 ? '' : `, without a fixed content: ${moving.join(', ')}`;
  return `${line}${fixed}${reason === undefined ? '' : `: ${reason}`}`;
}

function summary(packages: readonly MirroredPackage[]): string {
  const counts = Object.entries(words).map(([outcome, word]) => {
    const count = packages.filter((one) => one.outcome === outcome).length;
    return count === 0 ? [] : [`${word}: ${count}`];
  });
  return counts.flat().join(', ');
}
