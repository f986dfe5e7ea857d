import { buildWeb } from '../../scripts/build-web.ts';

/** Tests of the page see what the sources say now. */
export async function setup(): Promise<void> {
  await buildWeb();
}
