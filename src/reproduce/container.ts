import { findRuntime, type ContainerRuntime } from '../executor/index.ts';
import type { ProcessVariables } from '../kit/index.ts';
import type { JobReproduction } from '../protocol/index.ts';

export type ContainerChoice = 'auto' | 'podman' | 'docker' | 'none';

/** Where a job is run again, and why there. */
export interface JobLocation {
  readonly container?: { readonly runtime: ContainerRuntime; readonly image: string };
  readonly because: string;
}

/** Executors that run a job in the image that it names. */
const IN_IMAGE = new Set(['docker', 'docker+machine', 'docker-autoscaler', 'kubernetes']);

/** Chooses the image if the job ran in one and a program for it works here, else a workspace of this machine. */
export async function chooseLocation(
  { image, executor }: Pick<JobReproduction, 'image' | 'executor'>,
  { choice, env }: { readonly choice: ContainerChoice; readonly env: ProcessVariables },
): Promise<JobLocation> {
  if (image === undefined) return { because: 'the job names no image: it runs in a workspace of this machine' };
  const reference = image.digest === undefined ? image.name : `${withoutTag(image.name)}@${image.digest}`;
  const notThere = `it runs in a workspace of this machine, not in ${reference}`;
  if (choice === 'none') return { because: `as requested, ${notThere}` };
  if (choice === 'auto' && executor !== undefined && !IN_IMAGE.has(executor))
    return { because: `it ran in a shell (executor \`${executor}\`), not in ${reference}: so it does here` };
  const { runtime } = await findRuntime(env, choice === 'auto' ? undefined : [choice]);
  if (runtime !== undefined)
    return { container: { runtime, image: reference }, because: `it runs in ${reference}, by ${runtime.program}` };
  const missing = choice === 'auto' ? 'neither podman nor docker works here' : `${choice} does not work here`;
  return { because: `${missing}: ${notThere}` };
}

/** `registry:5000/name:tag` without its tag. */
function withoutTag(name: string): string {
  return name.replace(/(?<=[^/]):[^/:@]+$/, '').replace(/@.*$/, '');
}
