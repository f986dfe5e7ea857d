import { nodeOf, type Lockfile } from '../spack/index.ts';
import { copyList } from './copy-list.ts';
import { explainPlan } from './explain.ts';
import { legacyPhases, mainPhase } from './ci/legacy-phases.ts';
import { buildJobs, type BuildJob } from './pipeline/build-jobs.ts';
import { fewerNeeds } from './pipeline/fewer-needs.ts';
import { jobNames, legacyJobNames } from './pipeline/job-names.ts';
import { parsedSize } from './pipeline/parsed-size.ts';
import { copyJobs, noopJob, serviceJobs, type ServiceJob } from './pipeline/service-jobs.ts';
import type { PipelineSettings } from './pipeline/settings.ts';
import { sharedParts } from './pipeline/shared-parts.ts';
import { gitlabLimits, splitJobs, type PartLimits } from './pipeline/split.ts';
import { jobsByName, partsPipeline, pipelineHead } from './pipeline/parts-pipeline.ts';
import { writeYaml, type Mapping } from './pipeline/write-yaml.ts';
import type { BuildDecision, BuildPlan } from './plan-build.ts';

export interface GeneratedPipeline {
  /** The child pipeline. */
  readonly text: string;
  /**
   * Further files that it runs as children of its own, by their names beside it; empty unless it is too large for one.
   */
  readonly parts: ReadonlyMap<string, string>;
  /** How many jobs build a package. */
  readonly jobs: number;
  /** Packages that are to be built and have no job, because no rule of the stack matches them. */
  readonly unmatched: readonly BuildDecision[];
  /** JSON of what is to be copied to another mirror, where the settings name one. */
  readonly copies?: string;
}

/** Writes the child pipeline of a plan, with every decision and its reason as a comment at the top. */
export function generatePipeline(
  lock: Lockfile,
  plan: BuildPlan,
  options: PipelineSettings & { readonly limits?: PartLimits },
): GeneratedPipeline {
  const { limits = gitlabLimits, ...settings } = options;
  const comment = explainPlan(plan)
    .map((line) => `# ${line}\n`)
    .join('');
  const whole = (document: Mapping) => ({
    text: comment + writeYaml(document),
    parts: new Map<string, string>(),
  });
  if (settings.pipelineType === 'spack_copy_only') {
    const copies = copyList(lock, plan.decisions, settings);
    return { ...whole(documentOf([], copyJobs(settings), settings)), jobs: 0, unmatched: [], copies };
  }
  const planned = plan.decisions.filter((decision) => decision.build);
  const made = new Set<string>();
  const context = { settings, limits, comment, made, reduced: fewerNeeds(planned) };
  const written = asOne(lock, planned, context) ?? inParts(lock, context);
  const unmatched = planned.filter(({ hash }) => !made.has(hash));
  const withJobs = planned.filter(({ hash }) => made.has(hash));
  const copies = copyList(lock, withJobs, settings);
  return { ...(made.size > 0 ? written : whole(emptyPipeline(settings))), jobs: made.size, unmatched, copies };
}

interface WriteContext {
  readonly settings: PipelineSettings;
  readonly limits: PartLimits;
  readonly comment: string;
  /** Gets the hash of each package that has a job. */
  readonly made: Set<string>;
  /** What is built, without needs that others imply. */
  readonly reduced: readonly BuildDecision[];
}

/**
 * The pipeline in one file, if that is small enough. Where it is not, it is made smaller step by step: needs that
 * others imply are left out, then names are short, then the variants, which no build reads, are left out too.
 */
function asOne(
  lock: Lockfile,
  planned: readonly BuildDecision[],
  { settings, limits, comment, made, reduced }: WriteContext,
): Pick<GeneratedPipeline, 'text' | 'parts'> | undefined {
  if (isTooMuch(reduced, limits)) return undefined;
  const services = serviceJobs(settings);
  const isNeedy = planned.some(({ needs }) => needs.length > limits.needs);
  const steps = [
    ...(isNeedy ? [] : [() => jobsOf(lock, planned, settings)]),
    () => jobsOf(lock, reduced, settings),
    () => jobsOf(lock, reduced, { ...settings, shortNames: true }),
    () => smallest(lock, reduced, settings),
  ];
  for (const step of steps) {
    const jobs = [...step()];
    const document = documentOf(jobs, services, settings);
    if (parsedSize(document) > limits.parsed) continue;
    const text = comment + writeYaml(document);
    if (Buffer.byteLength(text) > limits.text) continue;
    for (const { decision } of jobs) made.add(decision.hash);
    return { text, parts: new Map() };
  }
  return undefined;
}

function smallest(lock: Lockfile, reduced: readonly BuildDecision[], settings: PipelineSettings): Iterable<BuildJob> {
  return jobsOf(lock, reduced, { ...settings, shortNames: true, withoutVariants: true });
}

/** In an order in which every job comes after those that it needs. */
function jobsOf(lock: Lockfile, planned: readonly BuildDecision[], settings: PipelineSettings): Iterable<BuildJob> {
  const { rules, cdash } = settings;
  const group = cdash?.group;
  const nodes = planned.map(({ hash }) => nodeOf(lock, hash));
  if (rules?.kind === 'gitlab-ci') {
    const { phaseOf, decisions } = legacyPhases(lock, planned, rules.bootstrap);
    const phase = (hash: string) => phaseOf.get(hash) ?? mainPhase;
    const names = legacyJobNames(nodes, { phase, group });
    return buildJobs(decisions, { lock, settings, names });
  }
  const naming = rules === undefined || settings.shortNames === true ? 'short' : 'spack';
  return buildJobs(planned, { lock, settings, names: jobNames(lock, nodes, { naming, group }) });
}

function documentOf(jobs: readonly BuildJob[], services: readonly ServiceJob[], settings: PipelineSettings): Mapping {
  const deepest = Math.max(-1, ...jobs.map(({ decision }) => decision.depth));
  const shallowest = Math.min(...jobs.map(({ decision }) => decision.depth));
  const stages = Array.from({ length: deepest - shallowest + 1 }, (_, index) => `stage-${shallowest + index}`);
  const head = Object.entries(pipelineHead(stages, services, settings));
  return new Map([...head, ...sharedParts(jobs), ...Object.entries(jobsByName(services))]);
}

/** A job takes more than 1024 bytes and a need more than 256, whatever is left out: of very many, nothing is tried. */
function isTooMuch(reduced: readonly BuildDecision[], limits: PartLimits): boolean {
  const needs = reduced.reduce((sum, one) => sum + one.needs.length, 0);
  return reduced.length * 1024 + needs * 256 > limits.parsed;
}

function inParts(
  lock: Lockfile,
  { settings, limits, comment, made, reduced }: WriteContext,
): Pick<GeneratedPipeline, 'text' | 'parts'> {
  const parts = new Map<string, string>();
  for (const part of splitJobs(smallest(lock, reduced, settings), limits)) {
    for (const { decision } of part) made.add(decision.hash);
    parts.set(`pipeline.part-${parts.size + 1}.yml`, writeYaml(documentOf(withinPart(part), [], settings)));
  }
  const parent = partsPipeline([...parts.keys()], serviceJobs(settings), settings);
  return { text: comment + writeYaml(parent), parts };
}

/** Parts run one after the other, so that a need of an earlier part is met; a job can only name those of its own. */
function withinPart(part: readonly BuildJob[]): readonly BuildJob[] {
  const own = new Set(part.map(({ name }) => name));
  return part.map((one) => {
    const needs = (one.own['needs'] as readonly { job: string; pipeline?: string }[]).filter(
      (need) => need.pipeline !== undefined || own.has(need.job),
    );
    return { ...one, own: { ...one.own, needs } };
  });
}

function emptyPipeline(settings: PipelineSettings): Record<string, unknown> {
  return { workflow: { rules: [{ when: 'always' }] }, 'no-specs-to-rebuild': noopJob(settings) };
}
