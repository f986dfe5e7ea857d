import { defineErrors, SlipwayError } from '../kit/index.ts';

export const slurmError = defineErrors({
  SLURM_NOT_CUSTOM_EXECUTOR: {
    message: 'This is not a stage of a custom executor: {reason}.',
    hint: 'Name this command in the section `[runners.custom]` of the `config.toml` of gitlab-runner.',
    exitCode: 2,
  },
  SLURM_VARIABLE_INVALID: {
    message: 'The variable {variable} has the value `{value}`, which is not {expected}.',
    hint: 'Change the variable of the job.',
  },
  SLURM_CHOICE_REFUSED: {
    message: 'The variable {variable} chooses `{value}`, which this runner does not offer.',
    hint: 'Choose one of {offered}, or ask the operator of the runner to add it to `{setting}`.',
  },
  SLURM_SUBMIT_FAILED: {
    message: 'Slurm refused the job: {reason}.',
    hint: 'Compare the resources that the job requests with those of the partition (`sinfo -l`).',
  },
  SLURM_NO_ANSWER: {
    message: 'The controller of Slurm does not answer, and the job `{name}` of an earlier runner may still run.',
    hint: 'Start the runner again when `squeue` works.',
  },
  SLURM_JOB_LOST: {
    message: 'The job {id} of Slurm ended without an exit status, in the state {state}.{output}',
    hint: '{remedy}',
  },
});

/** Whether a job requests what it cannot have; all other failures are of the cluster or its settings. */
export function isFaultOfJob(error: unknown): boolean {
  return error instanceof SlipwayError && ['SLURM_VARIABLE_INVALID', 'SLURM_CHOICE_REFUSED'].includes(error.code);
}
