/**
 * Sets up a repository for Slipway: recognizes what it holds, and writes the files with which `slipway plan`, `run` and
 * `serve` work there. The module asks nothing, starts nothing and never overwrites a file.
 */
export { describeFacts, requireKind } from './describe-facts.ts';
export { initError } from './errors.ts';
export {
  inspectFolder,
  kindsOf,
  projectKinds,
  stackName,
  type FolderFacts,
  type ProjectKind,
} from './inspect-folder.ts';
export { ignored, projectFiles } from './project-files.ts';
export { ciSystems, type CiSystem, type ProjectOptions } from './project-options.ts';
export { writeProjectFiles } from './write-files.ts';
