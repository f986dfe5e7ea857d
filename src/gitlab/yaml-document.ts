import { EVENT_ID, YAMLException, constructFromEvents, parseEvents } from 'js-yaml';
import type { Event } from 'js-yaml';
import { messageOf } from '../kit/index.ts';
import type { FaultList } from './fault-list.ts';
import type { PipelineLimits } from './limits.ts';
import { gitlabSchema } from './yaml-schema.ts';
import { YamlPlaces } from './yaml-places.ts';

const [LINE_FEED, COMMA, BRACKET, BRACE] = [10, 44, 91, 123];

/** One value of a text, and where its parts stand. */
export interface YamlPart {
  readonly value: unknown;
  readonly places: YamlPlaces;
}

/** A configuration file: what is run, and before it perhaps a header with its `spec`. */
export interface YamlDocument {
  readonly header?: YamlPart;
  readonly body: YamlPart;
}

export interface YamlText {
  readonly file: string;
  readonly text: string;
}

/** Reads a configuration; aliases become shared objects, so a bomb costs nothing here. Undefined if it cannot be read. */
export function readYamlDocument(
  source: YamlText,
  faults: FaultList,
  limits: PipelineLimits,
): YamlDocument | undefined {
  const { file, text } = source;
  const tooLarge = (what: string, actual: number, limit: number) =>
    faults.error({ file, line: 1, column: 1 }, 'GITLAB_TOO_LARGE', { what, actual, limit });
  if (text.length > limits.maxLength) return tooLarge('its text', text.length, limits.maxLength);
  const nodes = text.length > limits.maxNodes ? mostNodes(text) : 0;
  if (nodes > limits.maxNodes) return tooLarge('the number of its nodes', nodes, limits.maxNodes);
  try {
    const events = parseEvents(text, { maxDepth: limits.maxDepth });
    const items = mostItems(events);
    if (items > limits.maxItems) return tooLarge('the longest of its lists and mappings', items, limits.maxItems);
    const again = (index: number) => splitDocuments(parseEvents(text, { maxDepth: limits.maxDepth }))[index] ?? [];
    const parts = splitDocuments(events).map((part, index) => ({
      value: construct(source, part, { faults, limits }),
      places: new YamlPlaces(source, () => again(index), part),
    }));
    if (parts.length > 2) throw new YAMLException('there are more than two documents in the file: a header and a body');
    const [first, second] = parts;
    if (first === undefined) throw new YAMLException('the file is empty');
    return second === undefined ? { body: first } : { header: first, body: second };
  } catch (error) {
    const { line = 0, column = 0 } = error instanceof YAMLException ? (error.mark ?? {}) : {};
    const reason = error instanceof YAMLException ? error.reason : messageOf(error);
    return faults.error({ file, line: line + 1, column: column + 1 }, 'GITLAB_YAML_INVALID', { reason });
  }
}

/** Events of each document of the text; those of the only one are not copied. */
function splitDocuments(events: Event[]): readonly Event[][] {
  const starts: number[] = [];
  for (let at = 0; at < events.length; at += 1) if (events[at]?.type === EVENT_ID.DOCUMENT) starts.push(at);
  if (starts.length <= 1) return starts.length === 0 ? [] : [events];
  return starts.map((start, index) => events.slice(start, starts[index + 1]));
}

/**
 * How many nodes a text can hold at most, without parsing it: each of them follows the end of a line, a comma, a bracket or, on one
 * line, `: ` or `- ` that some line begins with.
 */
function mostNodes(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED || code === COMMA || code === BRACKET || code === BRACE) count += 1;
  }
  return count;
}

/** How many entries the largest collection has; a mapping's keys and values count one each. */
function mostItems(events: readonly Event[]): number {
  let most = 0;
  const open: number[] = [0];
  for (const { type } of events) {
    if (type === EVENT_ID.POP) {
      most = Math.max(most, open.pop() ?? 0);
      continue;
    }
    (open[open.length - 1] as number) += 1;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE || type === EVENT_ID.DOCUMENT) open.push(0);
  }
  return most;
}

/** GitLab lets a later key win silently; we say where. */
function construct(
  { file, text }: YamlText,
  events: Event[],
  options: { faults: FaultList; limits: PipelineLimits },
): unknown {
  const settings = { source: text, schema: gitlabSchema, maxTotalMergeKeys: options.limits.maxMergedKeys };
  try {
    return constructFromEvents(events, settings)[0];
  } catch (error) {
    if (!(error instanceof YAMLException) || error.reason !== 'duplicated mapping key' || error.mark === undefined)
      throw error;
    const place = { file, line: error.mark.line + 1, column: error.mark.column + 1 };
    options.faults.warn(place, 'GITLAB_DUPLICATE_KEY', {});
    return constructFromEvents(events, { ...settings, json: true })[0];
  }
}
