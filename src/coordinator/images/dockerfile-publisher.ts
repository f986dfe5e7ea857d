import {
  INPUTS_ANNOTATION,
  buildDockerfile,
  prepareBuild,
  searchBuiltImage,
  type BuildSubject,
  type Image,
  type ImageDefinition,
  type ImageTarget,
  type PublishOptions,
  type Published,
} from '../../image/index.ts';
import type { ImagePublishing, Stack } from '../context.ts';
import type { Publication } from './publication-ledger.ts';
import { mountingPublisher } from './mounting-publisher.ts';
import { secretsOfStack } from './stack-secrets.ts';

interface DockerfileRequest {
  readonly stack: Stack;
  readonly publication: Publication;
  readonly definition: ImageDefinition;
  readonly target: ImageTarget;
  /** SHA-256 of the tested lock, hexadecimal. */
  readonly lockDigest: string;
  /** How the image that was built gets its tag. */
  how(image: Image): PublishOptions;
}

/**
 * Builds an image from the stack's Dockerfile at the commit, with the mirror of the tested lock for its build argument,
 * and publishes it. Only what a protected pipeline tested comes here; what is built has neither the registry's
 * credentials nor this server's environment. What was built of the same inputs before is not built again.
 */
export async function publishDockerfile(context: ImagePublishing, request: DockerfileRequest): Promise<Published> {
  const { stack, publication, definition, target, lockDigest } = request;
  const { repository, tag, ref, commit } = publication;
  const view = `${context.baseUrl()}/mirrors/${publication.stack}/locks/${lockDigest}`;
  const subject: BuildSubject = { repository, tag, ref, commit, view };
  const prepared = await prepareBuild({
    part: definition.dockerfile,
    subject,
    files: (path) => stack.forge.readFiles(commit, path),
    variables: stack.configuration.variables,
  });
  const inputs = `sha256:${prepared.digest}`;
  const present = definition.dockerfile.rebuild === 'always' ? undefined : await presentImage(target, tag, inputs);
  if (present !== undefined) return present;
  const publish = await mountingPublisher(context, { stack: publication.stack, target });
  return buildDockerfile(prepared, subject, {
    work: context.imageWork.path,
    path: context.path,
    mode: context.sandbox,
    onUnsandboxed: (reason) =>
      context.log.warn(
        { stack: publication.stack, reason },
        'the hook of the image runs without a sandbox: none works, and a runner has `sandbox: never`',
      ),
    annotations: { 'io.slipway.lock': `sha256:${lockDigest}`, 'org.opencontainers.image.revision': commit },
    onLine: (line) => context.log.debug({ stack: publication.stack, tag, line }, 'image build'),
    use: async (image) => {
      await searchBuiltImage(image, secretsOfStack(stack), context.imageWork.path);
      return publish(image, request.how(image));
    },
  });
}

/** What the tag names now, if it was built of the same inputs. */
async function presentImage(target: ImageTarget, tag: string, inputs: string): Promise<Published | undefined> {
  const found = await target.readManifest(tag);
  if (found === undefined) return undefined;
  const {
    annotations,
    layers = [],
    config,
  } = JSON.parse(found.bytes.toString('utf8')) as {
    annotations?: Record<string, string>;
    layers?: { size: number }[];
    config?: { size: number };
  };
  if (annotations?.[INPUTS_ANNOTATION] !== inputs) return undefined;
  const blobs = layers.reduce((sum, { size }) => sum + size, config?.size ?? 0);
  return {
    digest: found.descriptor.digest,
    reference: `${target.location}:${tag}`,
    layers: layers.length,
    layersUploaded: 0,
    bytesUploaded: 0,
    bytesTotal: blobs + found.descriptor.size,
  };
}
