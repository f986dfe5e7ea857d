import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptProgram, messageOf, sha256, SYSTEM_PATH, type ProgramResult } from '../../kit/index.ts';
import { layoutRepository, manifestOf, openLayout, readImage, type Image } from '../../oci/index.ts';
import { imageError } from '../errors.ts';
import type { FileSource, SourceFile } from '../folder-files.ts';
import { annotationsOf } from '../publish/publishable.ts';
import { buildVariables, declaredArguments, localName, type BuildSubject } from './build-variables.ts';
import { makeBuildFolders, type BuildFolders } from './build-folders.ts';
import { exportWords, findBuilder, type ImageBuilder } from './builders.ts';
import { runHook, type HookRun } from './run-hook.ts';
import { pathsOf, type DockerfilePart, type DockerfilePaths } from './definition.ts';

interface DockerfileInputs {
  readonly part: DockerfilePart;
  readonly subject: BuildSubject;
  /** Of the repository at the commit. */
  readonly files: FileSource;
  /** Variables of the stack, for the hook and as build arguments. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The inputs of a build, with their digest: the same inputs need no second build. */
export interface PreparedBuild {
  readonly paths: DockerfilePaths;
  /** Of the context, by their paths in it. */
  readonly context: readonly SourceFile[];
  readonly hook: SourceFile | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** Build arguments, unless a hook builds. */
  readonly args: Readonly<Record<string, string>>;
  /** SHA-256, hexadecimal. */
  readonly digest: string;
}

/** On the manifest: what went into the build. */
export const INPUTS_ANNOTATION = 'io.slipway.inputs';

/** Reads what a build needs. Throws IMAGE_FILE_MISSING for a Dockerfile or a named hook that is not there. */
export async function prepareBuild({ part, subject, files, variables: own }: DockerfileInputs): Promise<PreparedBuild> {
  const paths = pathsOf(part);
  const context = await files(paths.context === '.' ? '' : paths.context);
  const dockerfile = context.find(({ path }) => path === paths.dockerfile);
  if (dockerfile === undefined)
    throw imageError('IMAGE_FILE_MISSING', { path: part.path, location: 'the build’s context' });
  const [hook] = paths.hook === undefined ? [] : await files(paths.hook);
  if (hook === undefined && typeof part.hook === 'string')
    throw imageError('IMAGE_FILE_MISSING', { path: part.hook, location: 'the repository' });
  const variables = buildVariables(subject, { dockerfile: paths.dockerfile, own: { ...own, ...part.args } });
  const declared = declaredArguments(Buffer.from(dockerfile.bytes).toString('utf8'));
  const named = Object.entries(variables).filter(([name]) => declared.has(name) || name in part.args);
  const args = Object.fromEntries(named);
  const inputs = {
    files: context.map(({ path, bytes, executable }) => [path, sha256(bytes), executable]),
    dockerfile: paths.dockerfile,
    ...(hook === undefined ? { args } : { hook: sha256(hook.bytes), variables: stable(variables) }),
  };
  return { paths, context, hook, variables, args, digest: sha256(JSON.stringify(inputs)) };
}

interface DockerfileBuild extends Pick<HookRun, 'mode' | 'sandbox' | 'onUnsandboxed'> {
  /** A folder for this build's own use, beside which builders keep what they need again. */
  readonly work: string;
  readonly path: string | undefined;
  readonly signal?: AbortSignal;
  readonly builder?: ImageBuilder;
  readonly onLine?: (line: string) => void;
  /** For the image's manifest, beside the digest of what went in. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Builds an image by its hook or by its Dockerfile, then hands it to `use`; its bytes are gone when that is done. What
 * is built gets no credentials and nothing of this process's environment. The builder runs as this user: only for what
 * is trusted as much as that. A hook runs in a sandbox.
 */
export async function buildDockerfile<T>(
  prepared: PreparedBuild,
  subject: BuildSubject,
  options: DockerfileBuild & { use(image: Image): Promise<T> },
): Promise<T> {
  const { work, path, signal, onLine = () => undefined, annotations = {}, use } = options;
  const builder = options.builder ?? (await findBuilder(path));
  await mkdir(work, { recursive: true });
  const folder = await realpath(await mkdtemp(join(work, 'dockerfile-')));
  const storage = join(work, 'containers');
  try {
    const folders = await makeBuildFolders({ folder, storage, files: prepared.context, path });
    const { hook, paths, variables } = prepared;
    const run = runner({ folders, variables, signal, onLine });
    if (hook === undefined) await run(buildWords(prepared, { builder, subject }), `${builder.name} build`);
    else
      await reporting(paths.hook ?? 'hook', onLine, (heard) =>
        runHook({
          ...options,
          hook,
          folder,
          folders,
          builder,
          variables,
          path: path ?? SYSTEM_PATH,
          signal,
          onLine: heard,
        }),
      );
    const output = join(folder, 'image');
    await run(exportWords(builder, localName(subject), output), `${builder.name} push`);
    // The layers stay for the next build; the image itself is ours now.
    await run([builder.program, 'rmi', '--force', localName(subject)], `${builder.name} rmi`);
    if (builder.name === 'docker') await unpackSaved(output, run);
    const all = { ...annotations, [INPUTS_ANNOTATION]: `sha256:${prepared.digest}` };
    return await use(withAnnotations(await readBuilt(output), all));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs words; `name` is for messages. */
type Run = (words: readonly string[], name: string) => Promise<void>;

function runner(options: {
  readonly folders: BuildFolders;
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly onLine: (line: string) => void;
}): Run {
  const { folders, variables, signal, onLine } = options;
  return ([program = '', ...words], command) =>
    reporting(command, onLine, (heard) =>
      attemptProgram(program, words, {
        cwd: folders.context,
        env: { ...variables, ...folders.environment },
        signal,
        onLine: heard,
      }).then(failureOf, (error: unknown) => {
        signal?.throwIfAborted();
        return messageOf(error);
      }),
    );
}

/** Runs a part of the build, which returns why it failed; throws IMAGE_BUILD_FAILED with the last of its output. */
async function reporting(
  command: string,
  onLine: (line: string) => void,
  work: (onLine: (line: string) => void) => Promise<string | undefined>,
): Promise<void> {
  const tail: string[] = [];
  const reason = await work((line) => {
    onLine(line);
    tail.push(line);
    if (tail.length > SHOWN) tail.shift();
  });
  if (reason !== undefined) throw imageError('IMAGE_BUILD_FAILED', { command, reason, output: tail.join('\n') });
}

const SHOWN = 20;

function failureOf({ isSuccess, exitCode, ending }: ProgramResult): string | undefined {
  if (isSuccess) return undefined;
  return exitCode === undefined ? ending : `status ${exitCode}`;
}

function buildWords(
  { args, paths }: PreparedBuild,
  { builder, subject }: { builder: ImageBuilder; subject: BuildSubject },
): readonly string[] {
  const options = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  return [builder.program, 'build', ...options, '--file', paths.dockerfile, '--tag', localName(subject), '.'];
}

/** `docker save` writes an archive that is a layout since Docker 25. */
async function unpackSaved(output: string, run: Run): Promise<void> {
  await mkdir(output, { recursive: true });
  await run(['tar', '-xf', `${output}.tar`, '-C', output], 'tar');
}

async function readBuilt(output: string): Promise<Image> {
  const repository = layoutRepository(await openLayout(output), '');
  // Whatever the builder calls it, there is one.
  const index = JSON.parse(await readFile(join(output, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
  return readImage(repository, index.manifests[0]?.digest ?? 'built');
}

/** Adds annotations to the manifest of an image; its other bytes stay as they were built. */
function withAnnotations(image: Image, annotations: Readonly<Record<string, string>>): Image {
  const { mediaType } = image.manifest.descriptor;
  const document = JSON.parse(image.manifest.bytes.toString('utf8')) as object;
  const all = { ...annotationsOf(image), ...annotations };
  return { ...image, manifest: manifestOf({ ...document, mediaType, annotations: all }) };
}

/** Variables that name a moment or a commit make no other image of it. */
function stable(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name !== 'SOURCE_COMMIT'));
}
