import { bundle } from '../../scripts/build.ts';

/** Tests of the built program run on what the sources say now, never on an older build. */
export async function setup(): Promise<void> {
  await bundle();
}
