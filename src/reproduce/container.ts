import { attemptProgram } from '../kit/index.ts';
import type { JobReproduction } from '../protocol/index.ts';

export type ContainerChoice = 'auto' | 'podman' | 'docker' | 'none';

/** Where a job is run again, with the reason for people. */
export interface JobPlace {
  readonly container?: { readonly program: 'podman' | 'docker'; readonly image: string };
  readonly because: string;
}

const PROGRAMS = ['podman', 'docker'] as const;
/** Executors that run a job in the image that it asks for. */
const IN_IMAGE = new Set(['docker', 'docker+machine', 'docker-autoscaler', 'kubernetes']);

/** In the image where the job was in one and there is a program for it; otherwise in a workspace of this machine. */
export async function chooseJobPlace(
  { image, executor }: Pick<JobReproduction, 'image' | 'executor'>,
  { choice, env }: { readonly choice: ContainerChoice; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<JobPlace> {
  if (image === undefined) return { because: 'the job names no image: it runs in a workspace of this machine' };
  const reference = image.digest === undefined ? image.name : `${withoutTag(image.name)}@${image.digest}`;
  if (choice === 'none')
    return { because: `as you asked, it runs in a workspace of this machine, not in ${reference}` };
  const wasInImage = executor === undefined || IN_IMAGE.has(executor);
  if (choice === 'auto' && !wasInImage)
    return { because: `it ran in a shell (executor \`${executor}\`), not in ${reference}: so it does here` };
  for (const program of choice === 'auto' ? PROGRAMS : [choice]) {
    if (await answers(program, env))
      return { container: { program, image: reference }, because: `it runs in ${reference}, by ${program}` };
  }
  const missing = choice === 'auto' ? 'neither podman nor docker works here' : `${choice} does not work here`;
  return { because: `${missing}: it runs in a workspace of this machine, not in ${reference}` };
}

/** `docker` is often there without a daemon behind it. */
async function answers(program: string, env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const result = await attemptProgram(program, ['info'], { env, timeout: 20_000 }).catch(() => undefined);
  return result?.isSuccess === true;
}

/** `registry:5000/name:tag` without its tag. */
function withoutTag(name: string): string {
  return name.replace(/(?<=[^/]):[^/:@]+$/, '').replace(/@.*$/, '');
}
