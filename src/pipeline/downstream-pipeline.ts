import { expandVariables } from '../gitlab/index.ts';
import { triggerSetting } from './child-pipeline.ts';
import { pipelineError } from './errors.ts';
import type { PipelineRecord } from './pipeline-record.ts';
import type { DriverPorts } from './ports.ts';

/** Creates the pipeline of another project that a trigger job names; throws with the reason if that is impossible. */
export async function createDownstream(ports: DriverPorts, pipeline: string, name: string): Promise<string> {
  const from = ports.store.record(pipeline) as PipelineRecord;
  const { job, variables: values, explicitVariables: variables } = await triggerSetting(ports, from, name);
  const expand = (text: string) => expandVariables(text, (variable) => values[variable]);
  const { project = '', branch, inputs } = job.trigger?.downstream ?? {};
  if (ports.createDownstream === undefined)
    throw pipelineError('PIPELINE_DOWNSTREAM_MISSING', { job: name, project: expand(project) });
  const { id } = await ports.createDownstream({
    from,
    job: name,
    project: expand(project),
    branch: branch === undefined ? undefined : expand(branch),
    inputs,
    variables,
  });
  return id;
}
