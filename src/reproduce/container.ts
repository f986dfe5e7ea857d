import { attemptProgram, type ProcessVariables } from '../kit/index.ts';
import type { JobReproduction } from '../protocol/index.ts';

export type ContainerChoice = 'auto' | 'podman' | 'docker' | 'none';

/** Where a job is run again, and why there. */
export interface JobLocation {
  readonly container?: { readonly program: 'podman' | 'docker'; readonly image: string };
  readonly because: string;
}

const PROGRAMS = ['podman', 'docker'] as const;
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
  for (const program of choice === 'auto' ? PROGRAMS : [choice])
    if (await works(program, env))
      return { container: { program, image: reference }, because: `it runs in ${reference}, by ${program}` };
  const missing = choice === 'auto' ? 'neither podman nor docker works here' : `${choice} does not work here`;
  return { because: `${missing}: ${notThere}` };
}

/** Returns whether a program works: `docker` is often installed without a daemon. */
async function works(program: string, env: ProcessVariables): Promise<boolean> {
  const result = await attemptProgram(program, ['info'], { env, timeout: 20_000 }).catch(() => undefined);
  return result?.isSuccess === true;
}

/** `registry:5000/name:tag` without its tag. */
function withoutTag(name: string): string {
  return name.replace(/(?<=[^/]):[^/:@]+$/, '').replace(/@.*$/, '');
}
