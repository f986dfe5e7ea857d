import { resolve } from 'node:path';
import * as z from 'zod';
import { NetworkConfiguration, RunnerConfiguration } from '../../coordinator/index.ts';
import { checkYaml, readNamedFile, readYaml, refuseErrors } from '../../kit/index.ts';

/** What the operator of a runner's machine decides, in the words of the server's configuration. */
export const HostConfiguration = z.strictObject({
  network: NetworkConfiguration.prefault({}),
  limits: RunnerConfiguration.shape.limits,
  containers: RunnerConfiguration.shape.containers,
  pullPolicies: RunnerConfiguration.shape.pullPolicies,
});
export type HostConfiguration = z.infer<typeof HostConfiguration>;

/** Reads the file; without one everything has its default. Throws CONFIGURATION_INVALID. */
export async function loadHostConfiguration(path: string | undefined, cwd: string): Promise<HostConfiguration> {
  if (path === undefined) return HostConfiguration.parse({});
  const file = resolve(cwd, path);
  const { value, diagnostics } = checkYaml(readYaml(await readNamedFile(file, cwd), file), HostConfiguration);
  refuseErrors(diagnostics);
  return value as HostConfiguration;
}
