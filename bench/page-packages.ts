import type { Stack } from '../src/coordinator/index.ts';
import { stackName } from '../test/support/served-stack.ts';
import { manyNodes } from './mirror-lab.ts';
import type { PageBench, PageLab } from './page-lab.ts';

const PACKAGES = 100_000;
const WORDS = ['package-7', 'package-99999', 'nothing-of-the-kind', 'k', ''];
const SPECS = ['package-7@1.2 build_type=Release', '^package-7', '%package-99', '~ipo target=x86_64'];

/**
 * Searches of a mirror of 100,000 packages, over REST; the first, for which the server reads the index, is left out.
 */
export const packages: PageBench = {
  measure: async (lab) => {
    await fillMirror(lab);
    await search(lab, '');
    const times = [];
    for (const query of [...WORDS, ...SPECS]) times.push(await search(lab, query));
    return { packageSearchMs: Math.max(...times) };
  },
  limits: { packageSearchMs: { most: 100 } },
};

let filled: Promise<unknown> | undefined;

/** The mirror's index names packages whose files are not there. */
function fillMirror({ served }: PageLab): Promise<unknown> {
  const { mirror } = served.server.coordinator.context.stacks.get(stackName) as Stack;
  const publisher = mirror.publisher('');
  filled ??= Promise.all([...manyNodes(PACKAGES)].map((node) => publisher.add({ version: 5, nodes: [node] })));
  return filled;
}

async function search({ served }: PageLab, query: string): Promise<number> {
  const begin = performance.now();
  const response = await fetch(
    `${served.server.url}/api/v1/stacks/${stackName}/packages?q=${encodeURIComponent(query)}`,
  );
  if (!response.ok) throw new Error(`the search for \`${query}\` has status ${response.status}`);
  await response.json();
  return performance.now() - begin;
}
