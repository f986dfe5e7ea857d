/**
 * Images of a stack: which branch or tag publishes which image, what it contains, how it is assembled from the
 * mirror's tarballs, published to a registry, and unpacked. The module builds no package, verifies no signature
 * (entries come verified from the mirror), and decides nothing about trust.
 */
export { assembleImage } from './assemble.ts';
export { baseChanges, baseReader, builtOn, type BaseChange, type BaseReader } from './base-changes.ts';
export { buildPublished } from './build-published.ts';
export { buildImages, contentsOf, type BuildOptions } from './build-images.ts';
export type { ImageLock } from './image-lock.ts';
export { baseOf } from './publish/named-base.ts';
export {
  imagesOf,
  indexImages,
  lockLabel,
  platformOf,
  platformText,
  readPublished,
  topOf,
  type Publishable,
} from './publish/publishable.ts';
export { ImageDefinition } from './definition.ts';
export { INPUTS_ANNOTATION, buildDockerfile, prepareBuild } from './dockerfile/build-dockerfile.ts';
export type { BuildSubject } from './dockerfile/build-variables.ts';
export { searchBuiltImage } from './dockerfile/search-built.ts';
export { factsReader } from './facts/facts-cache.ts';
export { folderFiles } from './folder-files.ts';
export { matchRules, refusedMatches, type PushedRef, type RuleMatch } from './rules/match-rules.ts';
export { indexedDigests, mountable, type PublishedElsewhere } from './publish/mountable.ts';
export { describePackage, packagesOf, planImage, type ImagePlan, type PackageEntry } from './plan.ts';
export { copyImage } from './publish/copy-image.ts';
export { publishImage, type Published, type PublishOptions } from './publish/publish.ts';
export { samePublished } from './publish/same-image.ts';
export { describeRule, type ImageRule } from './rules/rules.ts';
export { comparePublished } from './compare-published.ts';
export { diffPublished } from './diff-published.ts';
export type { HeldPackage, ImageDifference } from './diff-images.ts';
export { attachRecords } from './records/attach-records.ts';
export { layerOrigins } from './records/layer-origins.ts';
export { cyclonedxDocument } from './records/cyclonedx.ts';
export { readRecord, type RecordName } from './records/read-record.ts';
export { recordImages, type ReplacedImages } from './records/record-images.ts';
export { spdxDocument } from './records/spdx.ts';
export { verifyEntries } from './records/verify-entries.ts';
export { verifyRecords } from './records/verify-records.ts';
export { openImage } from './smoke/open-image.ts';
export { smokeTest } from './smoke/smoke-test.ts';
export { startCommand } from './smoke/start-command.ts';
export { WorkFolder } from './work-folder.ts';
export { requireFaultless, verifyImage, type VerifiedImages, type VerifiedRecords } from './verify-image.ts';
export { readImageDefinition } from './read-definition.ts';
export { unpackImage } from './unpack/unpack-image.ts';
export type { Image, ImageTarget, RegistryCredentials, Removal } from '../oci/index.ts';
