import { EVENT_ID, YAMLException, constructFromEvents, parseEvents, type Event } from 'js-yaml';
import { YamlPositions, describeYamlError, parseYaml, type PositionedText } from '../../kit/index.ts';
import type { FaultList } from './fault-list.ts';
import type { PipelineLimits } from '../limits.ts';
import { isMapping } from './mapping.ts';
import { gitlabSchema } from './yaml-schema.ts';
import { YamlText, type FileText } from './yaml-text.ts';

const [LINE_FEED, COMMA, BRACKET, BRACE] = [10, 44, 91, 123];

/** One value of a text, and the positions of its parts. */
export interface YamlPart {
  readonly value: unknown;
  readonly positions: YamlPositions;
}

/** A configuration file: the text of what is run, and before it perhaps a header with its `spec`. */
export interface YamlDocument {
  readonly header?: YamlPart;
  readonly body: YamlText;
}

const DIVIDER = /^---(?=\s|$)/gm;

/**
 * Separates a header from what it describes, without parsing the latter: before interpolation it need not be YAML. As
 * in GitLab the first document is a header if it has a `spec`; otherwise it is the only one that counts. Undefined if
 * it cannot be read.
 */
export function openDocument(source: FileText, faults: FaultList, limits: PipelineLimits): YamlDocument | undefined {
  const whole = new YamlText(source);
  const [first, second, ...more] = Buffer.byteLength(source.text) > limits.maxLength ? [] : documentsOf(source.text);
  if (first === undefined || second === undefined) return { body: whole };
  if (more.length > 0) {
    const reason = 'there are more than two documents in the file: a header and a body';
    return faults.error(whole.positionOf(more[0] as number), 'GITLAB_YAML_INVALID', { reason });
  }
  const top = whole.part(first, second);
  const header = readYamlDocument(top, faults, limits);
  if (header === undefined) return undefined;
  if (isMapping(header.value) && Object.hasOwn(header.value, 'spec')) return { header, body: whole.part(second) };
  faults.warn(whole.positionOf(second), 'GITLAB_DOCUMENT_IGNORED');
  return { body: top };
}

/** Returns the start of each document of a text; comments before the first divider are none. */
function documentsOf(text: string): readonly number[] {
  const dividers = [...text.matchAll(DIVIDER)].map(({ index }) => index);
  const before = text.slice(0, dividers[0] ?? 0).split('\n');
  const isBlank = before.every((line) => /^\s*(?:[#%]|$)/.test(line));
  return isBlank ? dividers : [0, ...dividers];
}

/** Reads one document; aliases become shared objects, so a bomb costs nothing here. Undefined if it cannot be read. */
export function readYamlDocument(source: YamlText, faults: FaultList, limits: PipelineLimits): YamlPart | undefined {
  const { file, text } = source;
  const tooLarge = (what: string, actual: number, limit: number) =>
    faults.error({ file, line: 1, column: 1 }, 'GITLAB_TOO_LARGE', { what, actual, limit });
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.maxLength) return tooLarge('its text in bytes', bytes, limits.maxLength);
  const nodes = text.length > limits.maxNodes ? mostNodes(text) : 0;
  if (nodes > limits.maxNodes) return tooLarge('the number of its nodes', nodes, limits.maxNodes);
  let parsedText: PositionedText = source;
  try {
    const { maxDepth } = limits;
    const { events, text: parsed, offset } = parseYaml(text, { maxDepth });
    parsedText = { file, text: parsed, positionOf: (at) => source.positionOf(offset(at)) };
    const items = mostItems(events);
    if (items > limits.maxItems) return tooLarge('the longest of its lists and mappings', items, limits.maxItems);
    const documents = events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length;
    if (documents === 0) throw new YAMLException('the file is empty');
    if (documents > 1) throw new YAMLException('a document ends before the file does');
    const positions = new YamlPositions(parsedText, () => parseEvents(parsed, { maxDepth }), events);
    return { value: construct(parsedText, events, { faults, limits }), positions };
  } catch (error) {
    const { position, reason } = describeYamlError(error);
    return faults.error(parsedText.positionOf(position), 'GITLAB_YAML_INVALID', { reason });
  }
}

/**
 * Returns the most nodes that a text can contain, without parsing it: each of them follows the end of a line, a comma,
 * a bracket or, on one line, `: ` or `- ` that some line begins with.
 */
function mostNodes(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED || code === COMMA || code === BRACKET || code === BRACE) count += 1;
  }
  return count;
}

/** Returns the number of entries of the largest collection; a mapping's keys and values count one each. */
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

/** In GitLab a later key wins silently; here it is reported with its position. */
function construct(
  source: PositionedText,
  events: Event[],
  options: { faults: FaultList; limits: PipelineLimits },
): unknown {
  const settings = { source: source.text, schema: gitlabSchema, maxTotalMergeKeys: options.limits.maxMergedKeys };
  try {
    return constructFromEvents(events, settings)[0];
  } catch (error) {
    if (!(error instanceof YAMLException) || error.reason !== 'duplicated mapping key' || error.mark === undefined)
      throw error;
    options.faults.warn(source.positionOf(error.mark.position), 'GITLAB_DUPLICATE_KEY');
    return constructFromEvents(events, { ...settings, json: true })[0];
  }
}
