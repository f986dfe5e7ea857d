import { existsSync } from 'node:fs';
import { Fleet, dataFolder, type ServerConfiguration } from '../../coordinator/index.ts';
import { systemClock } from '../../kit/index.ts';
import type { RegistrationRequest, RunnerChange, RunnerRequest, RunnerSummary } from '../../protocol/index.ts';
import { Database, createRunnerLedger, storeError } from '../../store/index.ts';
import { createdRunner, runnerSummary } from '../rest/runner-summary.ts';

export type StoredRunners = ReturnType<typeof openStoredRunners>;

/** Opens the runners in a data folder. A server may run: a change counts from its next request on. */
export function openStoredRunners(configuration: ServerConfiguration) {
  const folder = dataFolder(configuration.data);
  if (!existsSync(folder.database)) throw storeError('STORE_NO_DATA', { folder: configuration.data });
  const database = new Database(folder.database);
  const fleet = new Fleet({ ledger: createRunnerLedger(database), clock: systemClock, configuration });
  return {
    list: (): readonly RunnerSummary[] => fleet.runners().map(runnerSummary),
    create: (request: RunnerRequest) => createdRunner(fleet.create(request, 'slipway runner create')),
    edit: (id: string, change: RunnerChange) => runnerSummary(fleet.edit(id, change)),
    pause: (id: string) => runnerSummary(fleet.setPaused(id, true)),
    resume: (id: string) => runnerSummary(fleet.setPaused(id, false)),
    remove: (id: string) => runnerSummary(fleet.remove(id)),
    rotate: (id: string, now: boolean) => createdRunner(fleet.rotate(id, { now })),
    allowRegistration: (request: RegistrationRequest) =>
      fleet.allowRegistration(request, 'slipway runner allow-registration'),
    endRegistration: () => fleet.endRegistration(),
    close: () => database.close(),
  };
}
