import { SlipwayError, hasCode } from '../kit/index.ts';
import { classOfErrorCode, type BuildFailureClass } from '../protocol/index.ts';
import type { SpecNode } from '../spack/index.ts';
import { builderError } from './errors.ts';

/** Returns the class of a build failure; undefined if the request is wrong or the job was stopped. */
export function failureClassOf(error: unknown): BuildFailureClass | undefined {
  if (!(error instanceof SlipwayError)) return undefined;
  const { class: known, step } = error.details;
  if (typeof known === 'string') return known as BuildFailureClass;
  if (error.code === 'BUILD_STEP_FAILED' && step === 'test') return 'test';
  return classOfErrorCode(error.code);
}

/** Returns the failure as one of this package: the message of a mirror or a disk does not name it. */
export function blamePackage(error: unknown, { node, scratch }: { node: SpecNode; scratch: string }): unknown {
  const name = `${node.name}@${node.version}`;
  if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT'))
    return builderError('BUILD_DISK_FULL', { package: name, scratch }, { cause: error });
  if (!(error instanceof SlipwayError) || !/^MIRROR_(?!PREFIX_|SPEC_NOT)/.test(error.code)) return error;
  if (hasCode(error.cause, 'ENOSPC') || hasCode(error.cause, 'EDQUOT'))
    return builderError('BUILD_DISK_FULL', { package: name, scratch }, { cause: error });
  const details = { package: name, class: failureClassOf(error), reason: error.message };
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return builderError('BUILD_MIRROR_REFUSED', details, { cause: error, ...hint });
}
