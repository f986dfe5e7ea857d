import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

async function bundled(command: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`src/cli/commands/${command}.ts`],
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['libsql', 'openpgp'],
    write: false,
    metafile: true,
  });
  return metafile;
}

/** The files that a command reads before it does anything: what it imports, and what these import. */
function readAtStart(command: string, { inputs }: Metafile): readonly string[] {
  const read = new Set([`src/cli/commands/${command}.ts`]);
  for (const file of read)
    for (const { path, kind, external } of inputs[file]?.imports ?? [])
      if (kind !== 'dynamic-import' && external !== true) read.add(path);
  return [...read];
}

// A pipeline of a thousand packages starts these two a thousand times, mostly to find that there is nothing to do.
test.each(['generate', 'rebuild'])('slipway %s, which jobs run, reads little before it begins', async (command) => {
  const metafile = await bundled(command);
  const read = readAtStart(command, metafile);
  expect(read).toContain('src/mirror/index.ts');
  const server =
    /^src\/(?:client|coordinator|demo|doctor|executor|forge|image|notary|pipeline|reproduce|server|store)\//;
  expect(
    read.filter(
      (file) => server.test(file) || /^node_modules\/(?:execa|fast-xml-parser|hono|pino|undici|yaml)\//.test(file),
    ),
  ).toEqual([]);
  // `import { z }` would bring zod's words for faults in fifty languages.
  const kept = Object.values(metafile.outputs).flatMap(({ inputs: parts }) => Object.entries(parts));
  const languages = kept.filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && file.includes('/zod/v4/locales/'));
  expect(languages.map(([file]) => basename(file)).toSorted()).toEqual(['en.js', 'index.js']);
});
