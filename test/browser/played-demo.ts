import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveDemo, stackName, type ServedDemo } from './served-demo.ts';

/** The demo after a stack's first day. */
export interface PlayedDemo extends ServedDemo {
  /** The job whose package does not compile. */
  readonly failedJob: string;
  /** Hash of a package on the protected mirror. */
  readonly package: string;
}

/**
 * A merged and tagged pull request with its two images, one that fails, and one whose pipeline runs or, with `isSettled`,
 * has passed.
 */
export async function playDemo({ isSettled = false } = {}): Promise<PlayedDemo> {
  const demo = await serveDemo();
  try {
    await demo.start();
    await playFirstDay(demo, isSettled ? 'success' : 'running');
    return { ...demo, failedJob: await failedJob(demo.url), package: await packageHash(demo.url) };
  } catch (error) {
    await demo.close();
    throw error;
  }
}

async function playFirstDay({ repository, url, bringStack }: ServedDemo, last: string): Promise<void> {
  await repository.git('checkout', '--quiet', '-b', 'bring-the-stack');
  await bringStack();
  await repository.commitAndPush('bring-the-stack', 'Bring the first packages');
  await until(url, 1, 'success');
  await repository.merge('bring-the-stack');
  await repository.tag('rev-1');
  await until(url, 3, 'success');
  await untilPublished(url, 2);
  await change(repository, {
    branch: 'new-phases',
    message: 'Print the phases of the moon',
    file: 'src/moon/moon.c',
    text: '\nint broken( { return 0; }\n',
  });
  await until(url, 5, 'failed');
  await change(repository, {
    branch: 'finer-plots',
    message: 'Plot with finer lines',
    file: 'recipes/plot.yaml',
    text: '# finer\n',
  });
  await until(url, 7, last);
}

async function change(
  repository: ServedDemo['repository'],
  edit: { branch: string; message: string; file: string; text: string },
): Promise<void> {
  await repository.git('checkout', '--quiet', '-b', edit.branch, 'main');
  const path = join(repository.work, edit.file);
  await writeFile(path, (await readFile(path, 'utf8')) + edit.text);
  await repository.commitAndPush(edit.branch, edit.message);
}

async function until(url: string, pipeline: number, status: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/v1/pipelines/${pipeline}`);
    if (response.ok && ((await response.json()) as { status: string }).status === status) return;
    await sleep(200);
  }
}

/** The images of a pipeline follow its end. */
async function untilPublished(url: string, count: number): Promise<void> {
  const published = async (): Promise<number> => {
    const { images } = (await (await fetch(`${url}/api/v1/stacks/${stackName}/images`)).json()) as {
      images: { state: string }[];
    };
    return images.filter(({ state }) => state === 'published').length;
  };
  while ((await published()) < count) await sleep(200);
}

async function packageHash(url: string): Promise<string> {
  const { packages } = (await (await fetch(`${url}/api/v1/stacks/${stackName}/packages?q=moon`)).json()) as {
    packages: { hash: string }[];
  };
  return packages[0]?.hash ?? '';
}

async function failedJob(url: string): Promise<string> {
  const { jobs } = (await (await fetch(`${url}/api/v1/jobs?name=moon`)).json()) as {
    jobs: { id: string; status: string }[];
  };
  return jobs.find(({ status }) => status === 'failed')?.id ?? '';
}
