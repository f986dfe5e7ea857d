import { attemptProgram, findProgram, quotedList } from '../../kit/index.ts';
import { imageError } from '../errors.ts';

type BuilderName = 'buildah' | 'podman' | 'docker';

/** A program that builds images from Dockerfiles. */
export interface ImageBuilder {
  readonly name: BuilderName;
  /** Absolute. */
  readonly program: string;
}

const PROBES: readonly (readonly [BuilderName, readonly string[]])[] = [
  ['buildah', ['--version']],
  ['podman', ['--version']],
  // The client alone builds nothing.
  ['docker', ['version']],
];

/** The first that works on this machine: those without a daemon before docker. Throws IMAGE_BUILDER_MISSING. */
export async function findBuilder(path = ''): Promise<ImageBuilder> {
  for (const [name, words] of PROBES) {
    const program = await findProgram(name, path);
    if (program === undefined) continue;
    const { isSuccess } = await attemptProgram(program, words, { env: { PATH: path } });
    if (isSuccess) return { name, program };
  }
  throw imageError('IMAGE_BUILDER_MISSING', { tried: quotedList(PROBES.map(([name]) => name)) });
}

/**
 * Returns a `docker` for hooks: it has the builder at the other end of a socket do the work. Pushes are left to us, since
 * the build has no credentials.
 */
export function dockerProgram(socket: string): string {
  return `#!${process.execPath}
const words = process.argv.slice(2);
if (words[0] === 'push') {
  console.error('docker push: left to slipway');
  process.exit(0);
}
if (words[0] === 'login' || words[0] === 'logout') process.exit(0);
const connection = require('node:net').connect(${JSON.stringify(socket)});
connection.on('error', (error) => {
  console.error('docker: ' + error.message);
  process.exitCode = 125;
});
connection.write(JSON.stringify({ words, cwd: process.cwd() }) + '\\n');
process.exitCode = 125;
require('node:readline').createInterface({ input: connection }).on('line', (text) => {
  const { line, status } = JSON.parse(text);
  if (line !== undefined) console.log(line);
  else process.exitCode = status;
});
`;
}

/** The words that bring a built image into an OCI layout at `folder`, as the image `built`. */
export function exportWords({ name, program }: ImageBuilder, image: string, folder: string): readonly string[] {
  if (name === 'docker') return [program, 'save', '--output', `${folder}.tar`, image];
  return [program, 'push', image, `oci:${folder}:built`];
}
