import { Fleet, RunnerRegistry, type CoordinatorContext, type ConfiguredTraits } from '../../src/coordinator/index.ts';
import { createRunnerLedger, type Database } from '../../src/store/index.ts';

type Parts = Pick<CoordinatorContext, 'clock' | 'configuration'> & { readonly database: Database };

/** The runners of a configuration beside those of a store. */
export function openFleet(
  runners: readonly ConfiguredTraits[],
  { database, ...parts }: Parts,
): Pick<CoordinatorContext, 'runners' | 'fleet'> {
  const ledger = createRunnerLedger(database);
  return { runners: new RunnerRegistry(runners, parts.clock, ledger), fleet: new Fleet({ ledger, ...parts }) };
}
