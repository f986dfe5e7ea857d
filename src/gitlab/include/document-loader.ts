import { ConditionCache } from '../conditions/condition-cache.ts';
import { RepositoryView } from '../conditions/repository-view.ts';
import { expandVariables } from '../variables/expand-variables.ts';
import type { Lookup } from '../conditions/expression.ts';
import type { FaultList } from '../document/fault-list.ts';
import { Field } from '../document/field.ts';
import { readHeader, readInputs, type InputSpec } from '../inputs/input-specs.ts';
import { resolveInputs } from '../inputs/input-values.ts';
import { interpolate } from '../inputs/interpolate.ts';
import type { PipelineLimits } from '../limits.ts';
import { MergeMemo, deepMerge, get, isMapping, type Mapping } from '../document/mapping.ts';
import type { PipelineContext, PipelineText, PlannedInclude } from '../pipeline-plan.ts';
import { evaluateRules } from '../conditions/rules.ts';
import type { WorkBudget } from '../document/work-budget.ts';
import { openDocument, readYamlDocument, type YamlDocument, type YamlPart } from '../document/yaml-document.ts';
import { YamlText, type FileText } from '../document/yaml-text.ts';
import type { YamlPositions } from '../../kit/index.ts';
import { fetchInclude } from './fetch-source.ts';
import { plannedInclude } from './planned-include.ts';
import { nameOf, readIncludeEntries, type IncludeEntry, type IncludeSource } from './include-entry.ts';

/** A file with everything that it includes merged under it. */
interface LoadedDocument {
  readonly root: Mapping;
  /** Of the file itself and of what it includes, the strongest first. */
  readonly documents: readonly YamlPositions[];
}

/** Where a text came from, for what it includes itself. */
interface Origin {
  readonly source: IncludeSource | undefined;
  /** Names of the files that led here, to find circles. */
  readonly path: readonly string[];
  /** The inputs that the including file sets. */
  readonly inputs?: Field;
}

interface LoadSetting {
  readonly context: PipelineContext;
  readonly limits: PipelineLimits;
  readonly faults: FaultList;
  readonly budget: WorkBudget;
  /** Variables that `include` may use: all but those of the configuration itself. */
  readonly lookup: Lookup;
}

/**
 * Reads a configuration and its includes, file by file: inputs are interpolated, then the included files are merged in
 * their order, then the file itself on top. https://docs.gitlab.com/ci/yaml/includes/
 */
export class DocumentLoader {
  /** Texts from outside of the repository, by their kinds and sources. */
  readonly includes = new Map<string, PlannedInclude>();
  readonly #setting: LoadSetting;
  readonly #conditions: ConditionCache;
  readonly #repository: RepositoryView;
  readonly #memo: MergeMemo;
  #included = 0;

  constructor(setting: LoadSetting) {
    this.#setting = setting;
    const { context, budget } = setting;
    this.#conditions = new ConditionCache(budget.matched);
    this.#repository = new RepositoryView(context, budget.matched);
    this.#memo = new MergeMemo(budget.merged);
  }

  /** Undefined, after a complaint, if the text is no configuration. */
  load(text: PipelineText, origin: Origin = { source: undefined, path: [text.file] }): LoadedDocument | undefined {
    const { faults, limits, budget } = this.#setting;
    budget.loaded(text.text.length);
    const document = openDocument(text, faults, limits);
    const part = document === undefined ? undefined : this.#withInputs(document, text.inputs ?? {}, origin);
    if (part === undefined) return undefined;
    const { value: body, positions } = part;
    if (!isMapping(body)) {
      const position = { file: text.file, line: 1, column: 1 };
      const details = { keyword: 'the pipeline', expected: 'a mapping of jobs', actual: 'anything else' };
      return faults.error(position, 'GITLAB_VALUE_INVALID', details);
    }
    if (!Object.hasOwn(body, 'include')) return { root: body, documents: [positions] };
    const { include, ...own } = body;
    const entries = readIncludeEntries(new Field({ faults: faults.about(positions), owners: ['include'] }, include));
    const below = entries.flatMap((entry) => this.#includeEntry(entry, origin));
    const merged = this.merge(below);
    return { root: deepMerge(merged.root, own, this.#memo), documents: [positions, ...merged.documents] };
  }

  /** Later files win over earlier ones. */
  merge(files: readonly LoadedDocument[]): LoadedDocument {
    const root = files.reduce<Mapping>((under, { root: over }) => deepMerge(under, over, this.#memo), {});
    return { root, documents: files.toReversed().flatMap(({ documents }) => documents) };
  }

  #withInputs({ header, body }: YamlDocument, values: Mapping, origin: Origin): YamlPart | undefined {
    const { faults, limits, lookup, budget } = this.#setting;
    if (header === undefined) {
      const part = readYamlDocument(body, faults, limits);
      if (part !== undefined)
        resolveInputs(
          new Map(),
          values,
          origin.inputs ?? new Field({ faults: faults.about(part.positions), owners: [] }),
        );
      return part;
    }
    const specs = this.#specsOf(header, origin);
    if (specs === undefined) return undefined;
    const inputs = resolveInputs(specs, values, origin.inputs);
    const text = inputs.size < specs.size ? undefined : interpolate(body, { inputs, lookup, faults });
    if (text === undefined) return undefined;
    budget.loaded(text.text.length);
    return readYamlDocument(text, faults, limits);
  }

  /**
   * Descriptions in other files come first; no input may be described twice. Undefined, after a complaint, where such a
   * file is missing.
   */
  #specsOf(header: YamlPart, origin: Origin): ReadonlyMap<string, InputSpec> | undefined {
    const faults = this.#setting.faults.about(header.positions);
    const { include, inputs } = readHeader(new Field({ faults, owners: ['spec'] }, header.value));
    const entries = readIncludeEntries(include);
    const parts = [...entries.flatMap((entry) => this.#describedElsewhere(entry, origin)), inputs];
    const specs = new Map<string, InputSpec>();
    for (const [name, spec] of parts.flatMap((part) => [...(part ?? [])])) {
      if (specs.has(name)) spec.field.error('GITLAB_INPUT_INVALID', { input: name, reason: 'is described twice' });
      specs.set(name, spec);
    }
    return parts.includes(undefined) ? undefined : specs;
  }

  /** https://docs.gitlab.com/ci/yaml/#specinclude */
  #describedElsewhere(entry: IncludeEntry, origin: Origin): readonly (ReadonlyMap<string, InputSpec> | undefined)[] {
    return this.#sourcesOf(entry, origin).map((source) => {
      if (source.kind === 'template' || source.kind === 'component')
        return entry.field.invalid('one of local, remote, project', source.kind);
      const { faults, limits, budget } = this.#setting;
      const text = this.#fetch(source, entry);
      budget.loaded(text?.text.length ?? 0);
      const part = text && readYamlDocument(new YamlText(text), faults, limits);
      if (part === undefined) return undefined;
      const topLevel = (key: string) =>
        new Field(
          { faults: faults.about(part.positions), owners: [key] },
          isMapping(part.value) && get(part.value, key),
        );
      const inputs = topLevel('inputs');
      if (!isMapping(part.value)) return inputs.invalid('a mapping', part.value);
      for (const key of Object.keys(part.value).filter((name) => name !== 'inputs'))
        topLevel(key).misplaced('a file that describes inputs');
      return readInputs(inputs);
    });
  }

  #includeEntry(entry: IncludeEntry, origin: Origin): readonly LoadedDocument[] {
    if (!this.#isIncluded(entry)) return [];
    return this.#sourcesOf(entry, origin).flatMap((source) => {
      const name = nameOf(source);
      if (origin.path.includes(name)) {
        entry.field.error('GITLAB_INCLUDE_CYCLE', { circle: [...origin.path, name].join(' → ') });
        return [];
      }
      return this.#includeSource(source, entry, [...origin.path, name]) ?? [];
    });
  }

  #includeSource(source: IncludeSource, entry: IncludeEntry, path: readonly string[]): LoadedDocument | undefined {
    const text = this.#fetch(source, entry);
    const inputs = entry.field.at('inputs');
    return text && this.load({ ...text, inputs: entry.inputs }, { source, path, inputs });
  }

  #fetch(source: IncludeSource, entry: IncludeEntry): FileText | undefined {
    const { context, limits } = this.#setting;
    this.#included += 1;
    if (this.#included > limits.maxIncludes) {
      const details = { what: 'the number of files it includes', actual: this.#included, limit: limits.maxIncludes };
      return this.#included === limits.maxIncludes + 1 ? entry.field.error('GITLAB_TOO_LARGE', details) : undefined;
    }
    const fetched = fetchInclude(source, entry, context);
    if (fetched === undefined) return undefined;
    const file = nameOf(source);
    if (source.kind !== 'local') this.includes.set(`${source.kind} ${file}`, plannedInclude(source, fetched));
    return { text: fetched.text, file };
  }

  #isIncluded({ field }: IncludeEntry): boolean {
    if (!field.has('rules')) return true;
    const { lookup, budget } = this.#setting;
    const shared = { conditions: this.#conditions, repository: this.#repository, budget };
    const outcome = evaluateRules(field.at('rules'), { ...shared, lookup, expanded: lookup, kind: 'include' });
    return outcome !== undefined && outcome.when !== 'never';
  }

  #sourcesOf(entry: IncludeEntry, origin: Origin): readonly IncludeSource[] {
    return entry.sources.flatMap((source) => this.#expand(this.#relocate(source, origin, entry.field), origin));
  }

  /** Returns a source with variables expanded, or for a pattern all files of the repository that match but its own. */
  #expand(source: IncludeSource | undefined, origin: Origin): readonly IncludeSource[] {
    if (source === undefined) return [];
    const expanded = Object.fromEntries(
      Object.entries(source).map(([key, value]) => [
        key,
        typeof value === 'string' ? expandVariables(value, this.#setting.lookup) : value,
      ]),
    ) as unknown as IncludeSource;
    if (expanded.kind !== 'local') return [expanded];
    const path = expanded.path.replace(/^\//, '');
    if (!path.includes('*') || !this.#repository.knowsFiles) return [{ kind: 'local', path }];
    const others = this.#repository.filesLike(path).filter((file) => file !== origin.path.at(-1));
    return others.map((file) => ({ kind: 'local', path: file }));
  }

  /** A local file of an included project or component is that project's; other texts from elsewhere have no files around them. */
  #relocate(source: IncludeSource, { source: from }: Origin, field: Field): IncludeSource | undefined {
    if (source.kind !== 'local' || from === undefined || from.kind === 'local') return source;
    if (from.kind === 'project' || from.kind === 'component') return { ...from, path: source.path.replace(/^\//, '') };
    return field.error('GITLAB_INCLUDE_MISSING', { name: `${source.path} (local to ${nameOf(from)})` });
  }
}
