import { ConditionCache } from '../conditions/condition-cache.ts';
import { RepositoryView } from '../conditions/repository-view.ts';
import { expandVariables } from '../variables/expand-variables.ts';
import type { Lookup } from '../conditions/expression.ts';
import { Spot, type FaultList } from '../document/fault-list.ts';
import { readHeader, readInputs, type InputSpec } from '../inputs/input-specs.ts';
import { resolveInputs } from '../inputs/input-values.ts';
import { interpolate } from '../inputs/interpolate.ts';
import type { PipelineLimits } from '../limits.ts';
import { MergeMemo, deepMerge, get, isMapping, type Mapping } from '../document/mapping.ts';
import type { PipelineContext, PipelineText } from '../pipeline-plan.ts';
import { evaluateRules } from '../conditions/rules.ts';
import { readMapping } from '../document/values.ts';
import type { WorkBudget } from '../document/work-budget.ts';
import { openDocument, readYamlDocument, type YamlDocument, type YamlPart } from '../document/yaml-document.ts';
import { YamlText, type FileText } from '../document/yaml-text.ts';
import type { YamlPlaces } from '../../kit/index.ts';
import { fetchInclude } from './fetch-source.ts';
import { nameOf, readIncludeEntries, type IncludeEntry, type IncludeSource } from './include-entry.ts';

/** A file with everything that it includes merged under it. */
interface LoadedDocument {
  readonly root: Mapping;
  /** Of the file itself and of what it includes, the strongest first. */
  readonly documents: readonly YamlPlaces[];
}

/** Where a text came from, for what it includes itself. */
interface Origin {
  readonly source: IncludeSource | undefined;
  /** Names of the files that led here, to find circles. */
  readonly path: readonly string[];
  /** Where its inputs were given. */
  readonly spot?: Spot;
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
 * Reads a configuration and what it includes, file by file: inputs are put in, then the included files are merged in
 * their order, then the file itself on top. https://docs.gitlab.com/ci/yaml/includes/
 */
export class DocumentLoader {
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
    const { value: body, places } = part;
    if (!isMapping(body)) {
      const place = { file: text.file, line: 1, column: 1 };
      const details = { keyword: 'the pipeline', expected: 'a mapping of jobs', actual: 'anything else' };
      return faults.error(place, 'GITLAB_VALUE_INVALID', details);
    }
    if (!Object.hasOwn(body, 'include')) return { root: body, documents: [places] };
    const { include, ...own } = body;
    const entries = readIncludeEntries(include, new Spot(faults.about(places), ['include']));
    const below = entries.flatMap((entry) => this.#includeEntry(entry, origin));
    const merged = this.merge(below);
    return { root: deepMerge(merged.root, own, this.#memo), documents: [places, ...merged.documents] };
  }

  /** Later files win over earlier ones. */
  merge(files: readonly LoadedDocument[]): LoadedDocument {
    const root = files.reduce<Mapping>((under, { root: over }) => deepMerge(under, over, this.#memo), {});
    return { root, documents: files.toReversed().flatMap(({ documents }) => documents) };
  }

  #withInputs({ header, body }: YamlDocument, given: Mapping, origin: Origin): YamlPart | undefined {
    const { spot } = origin;
    const { faults, limits, lookup, budget } = this.#setting;
    if (header === undefined) {
      const part = readYamlDocument(body, faults, limits);
      if (part !== undefined) resolveInputs(new Map(), given, spot ?? new Spot(faults.about(part.places), []));
      return part;
    }
    const specs = this.#specsOf(header, origin);
    if (specs === undefined) return undefined;
    const inputs = resolveInputs(specs, given, spot);
    const text = inputs.size < specs.size ? undefined : interpolate(body, { inputs, lookup, faults });
    if (text === undefined) return undefined;
    budget.loaded(text.text.length);
    return readYamlDocument(text, faults, limits);
  }

  /**
   * What other files describe comes first; no input may be described twice. Undefined, after a complaint, where such a
   * file is missing.
   */
  #specsOf(header: YamlPart, origin: Origin): ReadonlyMap<string, InputSpec> | undefined {
    const spot = new Spot(this.#setting.faults.about(header.places), ['spec']);
    const { include, inputs } = readHeader(header.value, spot);
    const entries = readIncludeEntries(include, spot.child('include'));
    const parts = [...entries.flatMap((entry) => this.#describedElsewhere(entry, origin)), inputs];
    const specs = new Map<string, InputSpec>();
    for (const [name, spec] of parts.flatMap((part) => [...(part ?? [])])) {
      if (specs.has(name)) spec.spot.error('GITLAB_INPUT_INVALID', { input: name, reason: 'is described twice' });
      specs.set(name, spec);
    }
    return parts.includes(undefined) ? undefined : specs;
  }

  /** https://docs.gitlab.com/ci/yaml/#specinclude */
  #describedElsewhere(entry: IncludeEntry, origin: Origin): readonly (ReadonlyMap<string, InputSpec> | undefined)[] {
    const sources = entry.sources.flatMap((source) => this.#expand(this.#relocate(source, origin, entry.spot)));
    return sources.map((source) => {
      if (source.kind === 'template' || source.kind === 'component')
        return entry.spot.invalid('one of local, remote, project', source.kind);
      const { faults, limits, budget } = this.#setting;
      const text = this.#fetch(source, entry);
      budget.loaded(text?.text.length ?? 0);
      const part = text === undefined ? undefined : readYamlDocument(new YamlText(text), faults, limits);
      if (part === undefined) return undefined;
      const spot = (key: string) => new Spot(faults.about(part.places), [key]);
      const described = readMapping(part.value, spot('inputs'));
      if (described === undefined) return undefined;
      for (const key of Object.keys(described).filter((name) => name !== 'inputs'))
        spot(key).error('GITLAB_KEYWORD_MISPLACED', { keyword: key, place: 'a file that describes inputs' });
      return readInputs(get(described, 'inputs') ?? {}, spot('inputs'));
    });
  }

  #includeEntry(entry: IncludeEntry, origin: Origin): readonly LoadedDocument[] {
    if (!this.#isWanted(entry)) return [];
    const sources = entry.sources.flatMap((source) => this.#expand(this.#relocate(source, origin, entry.spot)));
    return sources.flatMap((source) => {
      const name = nameOf(source);
      if (origin.path.includes(name)) {
        entry.spot.error('GITLAB_INCLUDE_CYCLE', { circle: [...origin.path, name].join(' → ') });
        return [];
      }
      return this.#includeSource(source, entry, [...origin.path, name]) ?? [];
    });
  }

  #includeSource(source: IncludeSource, entry: IncludeEntry, path: readonly string[]): LoadedDocument | undefined {
    const text = this.#fetch(source, entry);
    const spot = entry.spot.child('inputs');
    return text === undefined ? undefined : this.load({ ...text, inputs: entry.inputs }, { source, path, spot });
  }

  #fetch(source: IncludeSource, entry: IncludeEntry): FileText | undefined {
    const { context, limits } = this.#setting;
    this.#included += 1;
    if (this.#included > limits.maxIncludes) {
      const details = { what: 'the number of files it includes', actual: this.#included, limit: limits.maxIncludes };
      return this.#included === limits.maxIncludes + 1 ? entry.spot.error('GITLAB_TOO_LARGE', details) : undefined;
    }
    const text = fetchInclude(source, entry, context);
    return text === undefined ? undefined : { text, file: nameOf(source) };
  }

  #isWanted({ rules, spot }: IncludeEntry): boolean {
    if (rules === undefined) return true;
    const setting = {
      conditions: this.#conditions,
      repository: this.#repository,
      lookup: this.#setting.lookup,
      expanded: this.#setting.lookup,
      budget: this.#setting.budget,
      kind: 'include',
    } as const;
    const outcome = evaluateRules(rules, spot.child('rules'), setting);
    return outcome !== undefined && outcome.when !== 'never';
  }

  /** Variables put in, and a pattern turned into the files of the repository that it means. */
  #expand(source: IncludeSource | undefined): readonly IncludeSource[] {
    if (source === undefined) return [];
    const expanded = Object.fromEntries(
      Object.entries(source).map(([key, text]) => [key, expandVariables(text, this.#setting.lookup)]),
    ) as unknown as IncludeSource;
    if (expanded.kind !== 'local') return [expanded];
    const path = expanded.path.replace(/^\//, '');
    if (!path.includes('*') || !this.#repository.knowsFiles) return [{ kind: 'local', path }];
    return this.#repository.filesLike(path).map((file) => ({ kind: 'local', path: file }));
  }

  /** A local file of an included project is that project's; other texts from elsewhere have no files around them. */
  #relocate(source: IncludeSource, { source: from }: Origin, spot: Spot): IncludeSource | undefined {
    if (source.kind !== 'local' || from === undefined || from.kind === 'local') return source;
    if (from.kind === 'project') return { ...from, path: source.path.replace(/^\//, '') };
    return spot.error('GITLAB_INCLUDE_MISSING', { name: `${source.path} (local to ${nameOf(from)})` });
  }
}
