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
 * A `docker` for hooks that call it, whatever builds: builds, tags and pulls go to the builder; pushes are left to us,
 * since the build has no credentials.
 */
export function dockerStandIn({ name, program }: ImageBuilder): string {
  const quoted = `'${program.replaceAll("'", String.raw`'\''`)}'`;
  const imageOnly = 'if [ "$1" = inspect ]; then shift; set -- inspect --type image "$@"; fi\n';
  const inspect = name === 'buildah' ? imageOnly : '';
  return `#!/bin/sh
case "$1" in
  push) echo "docker push: left to slipway" >&2; exit 0 ;;
  login|logout) exit 0 ;;
  buildx) shift; if [ "$1" = build ]; then shift; set -- build "$@"; fi ;;
  image) shift ;;
esac
${inspect}exec ${quoted} "$@"
`;
}

/** The words that bring a built image into an OCI layout at `folder`, as the image `built`. */
export function exportWords({ name, program }: ImageBuilder, image: string, folder: string): readonly string[] {
  if (name === 'docker') return [program, 'save', '--output', `${folder}.tar`, image];
  return [program, 'push', image, `oci:${folder}:built`];
}
