import {
  baseChanges,
  readPublished,
  type BaseChange,
  type BaseReader,
  type ImageDefinition,
  type RuleMatch,
} from '../../../image/index.ts';
import { SlipwayError, messageOf } from '../../../kit/index.ts';
import { wholeText } from '../../changes/refusal-text.ts';
import type { ImageTargets, Stack } from '../../context.ts';
import { publicationRefused } from '../../errors.ts';
import type { Publication } from '../publication-ledger.ts';
import { mayPass } from '../publish-again.ts';
import type { RuledImage } from './latest-images.ts';

/** How the base of a published image stands. */
export interface CheckedBase {
  readonly publication: Publication;
  readonly match: RuleMatch<ImageDefinition> | undefined;
  /**
   * `moved`: for one platform at least; `fixed`: it has none, or one that a digest pins; `unknown`: it could not be
   * found out, and `message` has the reason.
   */
  readonly state: 'current' | 'moved' | 'fixed' | 'unknown';
  readonly bases: readonly BaseChange[];
  readonly message?: string;
  /** Whether what could not be found out may be found out later. */
  readonly mayPass?: boolean;
}

/** Compares the base that a published image names with what its reference names now. */
export async function checkBase(
  context: ImageTargets,
  stack: Stack,
  { image: { publication, match }, read }: { readonly image: RuledImage; readonly read: BaseReader },
): Promise<CheckedBase> {
  const checked = { publication, match };
  try {
    if (match === undefined) throw unruled(stack, publication);
    if (match.image.contents === 'dockerfile') throw builtByDockerfile(publication);
    const target = await context.imageTarget(publication.repository);
    const published = await readPublished(target, publication.digest as string);
    const bases = await baseChanges(published, read);
    if (bases.length === 0) return { ...checked, state: 'fixed', bases };
    return { ...checked, state: bases.some(({ before, after }) => before !== after) ? 'moved' : 'current', bases };
  } catch (error) {
    const message = error instanceof SlipwayError ? wholeText(error) : messageOf(error);
    return { ...checked, state: 'unknown', bases: [], message, mayPass: mayPass(error) };
  }
}

function unruled({ configuration }: Stack, publication: Publication): SlipwayError {
  const { repository, tag } = publication;
  const reason = `no rule of \`slipway.yaml\` on \`${configuration.defaultBranch}\` publishes \`${repository}:${tag}\``;
  return publicationRefused(publication, reason, 'Add the rule again, or leave the image as it is.');
}

/** Which images a Dockerfile is built on is its own matter: several, and by arguments. */
function builtByDockerfile(publication: Publication): SlipwayError {
  const { repository, tag } = publication;
  const reason = `a Dockerfile built \`${repository}:${tag}\`, and its bases are not recorded`;
  return publicationRefused(publication, reason, 'Change the Dockerfile, for example the digest of its base.');
}
