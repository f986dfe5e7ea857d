import { mkdir, mkdtemp, open, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScriptUsage } from '../executor/index.ts';
import { ifExists } from '../kit/index.ts';
import { measuring, nodeUsage } from './node-usage.ts';

/** Names of the files of a job. */
const FILES = {
  wrapper: 'job.sh',
  started: 'started',
  script: 'script',
  log: 'log',
  exit: 'exit',
  report: 'slurm.log',
} as const;
const MOST_BYTES = 2 ** 20;
const LONGEST_REPORT = 2000;

/**
 * Runs the script once even if Slurm starts the job twice. The exit status is written last, when the log is complete, under
 * another name first, so that it is never read in part.
 */
const wrapper = ({ before, after }: Readonly<Record<'before' | 'after', string>>) => `#!/bin/sh
mkdir ${FILES.started} 2>/dev/null || exit 0
${before}bash ./${FILES.script} </dev/null >>${FILES.log} 2>&1
code=$?
${after}echo "$code" >${FILES.exit}.part && mv ${FILES.exit}.part ${FILES.exit}
exit "$code"
`;

interface FolderContents {
  readonly name: string;
  readonly script: string;
  /** Whether the node measures what the script uses. */
  readonly isMeasured?: boolean;
}

/**
 * The folder of one job of Slurm, which the host and the node share. It holds secrets of the job: only the owner can read it.
 * Files are opened again for each look, because network file systems check for changes of others then.
 */
export class JobFolder {
  readonly path: string;
  #read = 0;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes a folder below another one. */
  static async create(parent: string, { name, script, isMeasured = false }: FolderContents): Promise<JobFolder> {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    const folder = new JobFolder(await mkdtemp(join(parent, `${name}-`)));
    await writeFile(join(folder.path, FILES.script), script, { mode: 0o600 });
    await writeFile(join(folder.path, FILES.wrapper), wrapper(isMeasured ? measuring : { before: '', after: '' }), {
      mode: 0o600,
    });
    await writeFile(join(folder.path, FILES.log), '', { mode: 0o600 });
    return folder;
  }

  /** What the node runs, and where Slurm writes what it has to report. */
  get files(): { readonly script: string; readonly report: string } {
    return { script: join(this.path, FILES.wrapper), report: join(this.path, FILES.report) };
  }

  /** Returns the exit status of the script; undefined while it has none. */
  async exitCode(): Promise<number | undefined> {
    const names = await readdir(this.path);
    if (!names.includes(FILES.exit)) return undefined;
    return Number(await readFile(join(this.path, FILES.exit), 'utf8'));
  }

  /** Passes on what the log has got since the last call. */
  async readLog(onOutput: (bytes: Uint8Array) => void): Promise<void> {
    const file = await open(join(this.path, FILES.log));
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, this.#read);
        if (bytesRead === 0) return;
        this.#read += bytesRead;
        onOutput(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }

  /** Returns what the script used on its node, if it was measured, and for how long it ran. */
  async usage(): Promise<ScriptUsage> {
    const [started, ended] = await Promise.all(
      [FILES.started, FILES.exit].map((name) => ifExists(stat(join(this.path, name)))),
    );
    const seconds = ended && started && Math.max(0, ended.mtimeMs - started.mtimeMs) / 1000;
    return { ...(seconds !== undefined && { seconds }), ...(await nodeUsage(this.path)) };
  }

  /** Returns the end of what Slurm reports about the job, such as why it ended it. */
  async report(): Promise<string> {
    const text = await ifExists(readFile(this.files.report, 'utf8'));
    return (text ?? '').trim().slice(-LONGEST_REPORT);
  }
}
