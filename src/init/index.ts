/**
 * Sets up a repository for Slipway: recognizes what it contains, and writes the files that `slipway plan`, `run` and
 * `serve` need there. The module asks nothing, starts nothing and never overwrites a file.
 */
export { describeFacts } from './describe-facts.ts';
export { initError } from './errors.ts';
export { inspectFolder, stackName, type FolderFacts } from './inspect-folder.ts';
export { ignored, projectFiles } from './project-files.ts';
export { kindsOf, projectKinds, requireKind, type ProjectKind } from './project-kind.ts';
export { ciSystems, type CiSystem, type ProjectOptions } from './project-options.ts';
export { writeProjectFiles } from './write-files.ts';
