import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../src/kit/index.ts';
import { silentLogger } from './silent-logger.ts';
import { Runner, fileJournal, type Journal, type RunnerOptions } from '../../src/executor/index.ts';
import { MemoryJobService, RUNNER_TOKEN, jobServiceApp } from './memory-job-service.ts';
import { removeFolder } from './remove-folder.ts';

/** A job service, its routes, and runners that take jobs from it, in a folder of their own. */
export interface RunnerBench {
  readonly folder: string;
  readonly jobs: MemoryJobService;
  readonly journal: Journal;
  startRunner(options?: Partial<RunnerOptions>): Promise<Runner>;
  /** Ends all runners and removes the folder. */
  close(): Promise<void>;
}

export async function openRunnerBench(): Promise<RunnerBench> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-runner-'));
  const jobs = new MemoryJobService(folder);
  const journal = fileJournal(join(folder, 'journal'));
  const runners: Runner[] = [];
  return {
    folder,
    jobs,
    journal,
    async startRunner(options = {}) {
      const runner = new Runner({
        fetch: jobServiceApp(jobs, folder).fetch,
        baseUrl: 'http://slipway.test',
        token: new Secret(RUNNER_TOKEN),
        concurrency: 2,
        workFolder: join(folder, 'work'),
        journal,
        log: silentLogger,
        base: { PATH: process.env['PATH'] },
        traceInterval: 0,
        ...options,
      });
      runners.push(runner);
      await runner.start();
      return runner;
    },
    async close() {
      for (const runner of runners) await runner.stop({ graceful: false });
      await removeFolder(folder);
    },
  };
}
