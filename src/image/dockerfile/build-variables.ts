import { parseReference } from '../../oci/index.ts';

export interface BuildSubject {
  /** Repository without tag: `docker.io/lab/stack`. */
  readonly repository: string;
  readonly tag: string;
  /** Branch or tag of the stack's repository. */
  readonly ref: string;
  readonly commit: string;
  /** URL of the mirror that holds exactly the tested lock. */
  readonly view: string;
}

/** Variables of a build by Docker Hub's names, and the mirror of the tested lock by the tutorial's name. */
export function buildVariables(
  subject: BuildSubject,
  { dockerfile, own }: { readonly dockerfile: string; readonly own: Readonly<Record<string, string>> },
): Readonly<Record<string, string>> {
  const { repository, tag, ref, commit, view } = subject;
  return {
    REMOTE_BUILDCACHE_URL: view,
    ...own,
    DOCKERFILE_PATH: dockerfile,
    DOCKER_REPO: repository,
    DOCKER_TAG: tag,
    IMAGE_NAME: localName(subject),
    SOURCE_BRANCH: ref,
    SOURCE_COMMIT: commit,
  };
}

/** The name of the image while it is built. A builder would search a registry for a name without one. */
export function localName({ repository, tag }: Pick<BuildSubject, 'repository' | 'tag'>): string {
  const { registry = 'localhost', repository: path } = parseReference(repository);
  return `${registry}/${path}:${tag}`;
}

/** Names of the arguments that a Dockerfile declares. */
export function declaredArguments(dockerfile: string): ReadonlySet<string> {
  const lines = dockerfile.replace(/\\\r?\n/g, ' ').split('\n');
  const names = lines.flatMap((line) => {
    const words = /^\s*ARG\s+(.+)$/i.exec(line)?.[1];
    return words === undefined
      ? []
      : [...words.matchAll(/(?:^|\s)([A-Za-z_]\w*)(?==|\s|$)/g)].map((match) => match[1] as string);
  });
  return new Set(names);
}
