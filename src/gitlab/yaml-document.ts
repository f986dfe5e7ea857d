import { YAMLException, constructFromEvents, parseEvents } from 'js-yaml';
import type { Event } from 'js-yaml';
import { messageOf } from '../kit/index.ts';
import type { FaultList } from './fault-list.ts';
import type { PipelineLimits } from './limits.ts';
import { gitlabSchema } from './yaml-schema.ts';
import { YamlPlaces } from './yaml-places.ts';

/** Reads the text of a pipeline; aliases become shared objects, so a bomb costs nothing here. Undefined if it cannot be read. */
export function readYamlDocument(text: string, faults: FaultList, limits: PipelineLimits): unknown {
  if (text.length > limits.maxLength) {
    return faults.error({ line: 1, column: 1 }, 'GITLAB_TOO_LARGE', {
      what: 'its text',
      actual: text.length,
      limit: limits.maxLength,
    });
  }
  try {
    const events = parseEvents(text, { maxDepth: limits.maxDepth });
    faults.places = new YamlPlaces(text, events);
    return construct(text, events, { faults, limits });
  } catch (error) {
    const { line = 0, column = 0 } = error instanceof YAMLException ? (error.mark ?? {}) : {};
    const reason = error instanceof YAMLException ? error.reason : messageOf(error);
    return faults.error({ line: line + 1, column: column + 1 }, 'GITLAB_YAML_INVALID', { reason });
  }
}

/** GitLab lets a later key win silently; we say where. */
function construct(source: string, events: Event[], options: { faults: FaultList; limits: PipelineLimits }): unknown {
  const settings = { source, schema: gitlabSchema, maxTotalMergeKeys: options.limits.maxMergedKeys };
  try {
    return only(constructFromEvents(events, settings));
  } catch (error) {
    if (!(error instanceof YAMLException) || error.reason !== 'duplicated mapping key' || error.mark === undefined)
      throw error;
    const place = { line: error.mark.line + 1, column: error.mark.column + 1 };
    options.faults.warn(place, 'GITLAB_DUPLICATE_KEY', {});
    return only(constructFromEvents(events, { ...settings, json: true }));
  }
}

function only(documents: unknown[]): unknown {
  if (documents.length > 1)
    throw new YAMLException('several documents in one file are not supported (`spec:inputs` is not either)');
  if (documents.length === 0) throw new YAMLException('the file is empty');
  return documents[0];
}
