import type { Clock } from '../kit/index.ts';

const CLEAR = '\r\u001B[0K';

/** The stages of a job that fold in the log. */
export type SectionName =
  | 'get_sources'
  | 'restore_cache'
  | 'download_artifacts'
  | 'step_script'
  | 'after_script'
  | 'archive_cache'
  | 'archive_cache_on_failure'
  | 'upload_artifacts_on_success'
  | 'upload_artifacts_on_failure';

/** The mark before a section of the log, with its headline. Times are seconds since 1970. */
export function sectionStart(name: SectionName, title: string, clock: Clock): string {
  return `section_start:${seconds(clock)}:${name}${CLEAR}${cyan(title)}\n`;
}

export function sectionEnd(name: SectionName, clock: Clock): string {
  return `section_end:${seconds(clock)}:${name}${CLEAR}`;
}

function cyan(text: string): string {
  return `\u001B[36;1m${text}\u001B[0;m`;
}

export function green(text: string): string {
  return `\u001B[32;1m${text}\u001B[0;m`;
}

export function yellow(text: string): string {
  return `\u001B[0;33m${text}\u001B[0;m`;
}

export function red(text: string): string {
  return `\u001B[31;1m${text}\u001B[0;m`;
}

function seconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
