import { readFileSync } from 'node:fs';
import type { PipelineContext } from '../../src/gitlab/index.ts';
import type { Checkout } from './checkout.ts';
import type { Project } from './projects.ts';

type Include = Parameters<NonNullable<PipelineContext['fetchInclude']>>[0];

/** Repositories that have the included files, by the project's path in lower case. */
const SOURCES: readonly (readonly [RegExp, string])[] = [
  [/^gnome\/citemplates$/, 'GNOME/citemplates'],
  [/^(?:infrastructure\/freedesktop-ci-templates|freedesktop\/ci-templates)$/, 'hyyoxhk/ci-templates'],
  [/^(?:radiuss|sundials)\/radiuss-shared-ci$/, 'LLNL/radiuss-shared-ci'],
  [/^salsa-ci-team\/pipeline$/, 'ottok/salsa-ci-pipeline'],
  [/^sysadmin\/ci-utilities$/, 'KDE/krita-ci-utilities'],
];

/** Files of ours where no repository has the included one, or an older one without its templates. */
const STAND_INS: readonly (readonly [RegExp, string])[] = [
  [/ci-fairy\.yml/, 'ci-fairy'],
  [/gnomeos\.yml/, 'gnomeos'],
  [/ci-templates.*\/(?:alpine|arch|centos|debian|fedora|opensuse|ubuntu)\.yml/, 'distributions'],
  [/^lc-templates\/id_tokens/, 'id-tokens'],
  [/\/\.(?:ci-ext|cscs)\.yml/, 'ci-ext'],
  [/runners\.yml/, 'site-runners'],
  [/^hpc\//, 'spack-components'],
  [/ci-utilities.*linux-qt6-next\.yml/, 'kde-job'],
  [/ci-utilities/, 'lint-job'],
  [/components\/(?:dependency-scanning|sast)|Coverage-Fuzzing/, 'scanners'],
  [/danger-review/, 'danger-review'],
  [/Container-Scanning/, 'container-scanning'],
  [/gcp_auth/, 'gcp-auth'],
];

/** The project whose pipeline includes something. */
export interface Own {
  readonly project: Project;
  readonly checkout: Checkout;
}

/** Serves included files: from checkouts of the repositories that have them, else files of ours. */
export class IncludeServer {
  /** Names of what was included, by who served it; `nobody` where nothing was found. */
  readonly served = new Map<string, string>();
  readonly #find: (name: string) => Checkout | undefined;

  constructor(find: (name: string) => Checkout | undefined) {
    this.#find = find;
  }

  fetch(include: Include, own: Own): string | undefined {
    const name = include.kind === 'project' ? `${include.project}:${include.path}` : addressOf(include);
    const [source, text] = this.#fromRepository(include, own) ?? standIn(name) ?? ['nobody', undefined];
    this.served.set(name, source);
    return text;
  }

  #fromRepository(include: Include, own: Own): [string, string] | undefined {
    for (const { project, ref, path } of placesOf(include)) {
      const source = SOURCES.find(([pattern]) => pattern.test(project.toLowerCase()))?.[1];
      const isOwn = project.toLowerCase() === own.project.path.toLowerCase();
      const checkout = isOwn ? own.checkout : source === undefined ? undefined : this.#find(source);
      const text = checkout?.read(path, ref);
      if (text !== undefined && !isOlder(text)) return [isOwn ? 'the project' : (source as string), text];
    }
    return undefined;
  }
}

interface Place {
  readonly project: string;
  readonly ref?: string;
  readonly path: string;
}

/** Returns where the text of an include may be in a project. */
function placesOf(include: Include): readonly Place[] {
  if (include.kind === 'project') return [include];
  if (include.kind === 'component') {
    const [, project = '', name = '', ref = ''] = /^[^/]+\/(.+)\/([^/@]+)@(.+)$/.exec(include.address) ?? [];
    const paths = [`templates/${name}.yml`, `templates/${name}/template.yml`];
    return paths.map((path) => ({ project, ref: ref === '~latest' ? 'HEAD' : ref, path }));
  }
  const url = include.kind === 'remote' ? include.url : '';
  const [, project, ref, path] = /^https:\/\/[^/]+\/(.+?)(?:\/-)?\/raw\/([^/]+)\/(.+)$/.exec(url) ?? [];
  return project && ref && path ? [{ project, ref, path }] : [];
}

function addressOf(include: Exclude<Include, { kind: 'project' }>): string {
  if (include.kind === 'remote') return include.url;
  return include.kind === 'template' ? include.name : include.address;
}

/** The public copy of freedesktop's templates is of the time when their names had an underscore. */
function isOlder(text: string): boolean {
  return text.includes('.fdo.distribution_image@');
}

function standIn(name: string): [string, string] | undefined {
  const file = STAND_INS.find(([pattern]) => pattern.test(name))?.[1];
  if (file === undefined) return undefined;
  return ['ours', readFileSync(new URL(`stand-ins/${file}.yml`, import.meta.url), 'utf8')];
}
