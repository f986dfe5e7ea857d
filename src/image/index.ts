/**
 * Images of a stack: which branch or tag publishes which image, what goes into it, how it is put together out of
 * the mirror's tarballs, how it reaches a registry, and how it is unpacked again. It builds no package, asks no
 * signature of its own (entries come verified from the mirror), and decides nothing about trust.
 */
export { assembleImage } from './assemble.ts';
export type { AssembleOptions } from './assemble.ts';
export { openBase } from './base.ts';
export type { ImageBase, OpenBaseOptions } from './base.ts';
export { buildImages, contentsOf } from './build-images.ts';
export type { BuildOptions } from './build-images.ts';
export { ImageDefinition, ImageSettings, repositoriesOf } from './definition.ts';
export { INPUTS_ANNOTATION, buildDockerfile, prepareBuild } from './dockerfile/build-dockerfile.ts';
export type { DockerfileBuild, DockerfileInputs, PreparedBuild } from './dockerfile/build-dockerfile.ts';
export type { BuildSubject } from './dockerfile/build-variables.ts';
export { imageError } from './errors.ts';
export { factsReader } from './facts/facts-cache.ts';
export { folderFiles } from './folder-files.ts';
export type { FileSource, SourceFile } from './folder-files.ts';
export { publishedGroups } from './layers/package-layers.ts';
export { matchRules, refusedMatches } from './match-rules.ts';
export type { PushedRef, RuleMatch } from './match-rules.ts';
export { mountable } from './mountable.ts';
export type { PublishedElsewhere } from './mountable.ts';
export { namesRegistry } from './names-registry.ts';
export { describePackage, layerRoom, packagesOf, planImage } from './plan.ts';
export type { ImagePlan, PackageEntry, PackageTarball, PlanOptions, PlannedLayer, PlannedPackage } from './plan.ts';
export { publishImage } from './publish.ts';
export type { Publishable, Published, PublishOptions } from './publish.ts';
export { ImageRule, describeRule } from './rules.ts';
export { diffImages, heldPackages } from './diff-images.ts';
export type { HeldPackage, ImageDifference, PackageChange } from './diff-images.ts';
export { attachRecords } from './records/attach-records.ts';
export type { AttachedRecords, RecordsRequest, SignRecord } from './records/attach-records.ts';
export { layerOrigins } from './records/layer-origins.ts';
export type { LayerOrigin } from './records/layer-origins.ts';
export { makeBill } from './records/bill.ts';
export type { Bill, BillImage, BillOptions, BillPackage } from './records/bill.ts';
export { copyRecords } from './records/copy-records.ts';
export { cyclonedxDocument } from './records/cyclonedx.ts';
export { readPackageFacts } from './records/package-facts.ts';
export type { PackageFacts } from './records/package-facts.ts';
export { collectFacts } from './records/read-recipes.ts';
export { recordImages } from './records/record-images.ts';
export type { RecordImagesOptions } from './records/record-images.ts';
export { spdxDocument } from './records/spdx.ts';
export { verifyEntries } from './records/verify-entries.ts';
export { verifyRecords } from './records/verify-records.ts';
export type { RecordFinding, RecordedEntry, RecordsReport } from './records/verify-records.ts';
export { SmokeTest } from './smoke/definition.ts';
export { smokeTest } from './smoke/smoke-test.ts';
export type { SmokeOptions, SmokeReport } from './smoke/smoke-test.ts';
export { WorkFolder } from './work-folder.ts';
export type { WorkBounds } from './work-folder.ts';
export { unpackImage } from './unpack-image.ts';
export type { UnpackLimits } from './unpack-image.ts';
export type { Image, ImageTarget, RegistryCredentials } from '../oci/index.ts';
