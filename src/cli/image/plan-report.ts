import { describePackage } from '../../image/index.ts';
import type { ImagePlan } from '../../image/index.ts';
import type { Terminal } from '../terminal.ts';

/** Prints the layers of a plan, and what the next change is expected to have people pull. */
export function reportPlan(plan: ImagePlan, { isJson, terminal }: { isJson: boolean; terminal: Terminal }): void {
  const layers = plan.layers.map(({ packages }) => ({
    packages: packages.map(({ node }) => describePackage(node)),
    bytes: packages.reduce((sum, { tarball }) => sum + tarball.size, 0),
  }));
  const { architecture, size: bytes, forecast } = plan;
  if (isJson) return terminal.json({ architecture, bytes, layers, forecast });
  for (const layer of layers) terminal.data(`${layer.packages.join(' ')}  ${layer.bytes} bytes`);
  terminal.note(`${layers.length} layers, ${plan.packages.length} packages, ${bytes} bytes, linux/${architecture}`);
  return terminal.note(
    `expected of the next change: ${forecast.planned} bytes to pull; ${forecast.ideal} with a layer a package, ` +
      `${forecast.firstFew} with layers for the first packages only, ${forecast.oneLayer} with one layer`,
  );
}
