/**
 * Tools without a domain: errors and diagnostics, digests, ids, the clock, retries, globs, secrets and their redaction,
 * YAML with positions, ELF files, and processes that can be found again. Nothing here knows packages, pipelines or
 * images.
 */
export * from './atomic-write.ts';
export * from './bounded-map.ts';
export * from './cache-folder.ts';
export * from './certificate-hint.ts';
export * from './clock.ts';
export * from './closest-word.ts';
export * from './closing-file.ts';
export * from './diagnostic.ts';
export * from './digest.ts';
export * from './each-line.ts';
export * from './elf-view.ts';
export * from './errors.ts';
export * from './file-errors.ts';
export * from './find-program.ts';
export * from './git-address.ts';
export * from './glob.ts';
export * from './jwt.ts';
export * from './log.ts';
export * from './make-folder.ts';
export * from './memoized.ts';
export * from './named-file.ts';
export * from './owner-only.ts';
export * from './package-root.ts';
export * from './parse-json.ts';
export * from './parse-yaml.ts';
export * from './passed-time.ts';
export * from './pending-work.ts';
export * from './plain-text.ts';
export * from './process-group.ts';
export * from './read-dotenv.ts';
export * from './read-limited.ts';
export * from './redact.ts';
export * from './remove-tree.ts';
export * from './retry.ts';
export * from './run-program.ts';
export * from './schema-issue.ts';
export * from './secret.ts';
export * from './secret-name.ts';
export * from './serial.ts';
export * from './suggestion.ts';
export * from './timer.ts';
export * from './wait.ts';
export * from './text-positions.ts';
export * from './without-colors.ts';
export * from './yaml-positions.ts';
export * from './yaml-source.ts';
export * from './compare-text.ts';
export * from './if-exists.ts';
export * from './mapping.ts';
export * from './process-variables.ts';
export * from './quoted-list.ts';
export * from './read-git.ts';
export * from './without-credentials.ts';
