import { refuseErrors } from '../../kit/index.ts';
import { parseSpec, readEnvironment, satisfies, type Lockfile, type SpecNode } from '../../spack/index.ts';
import { imageError } from '../errors.ts';
import type { LayerEntry } from '../layers/layer-tar.ts';
import { runClosure, type PlacedPackage } from './placed-package.ts';

/** A view of an environment: one tree of links to what its packages have. */
export interface View {
  /** Absolute. */
  readonly root: string;
  readonly link: 'all' | 'run' | 'roots';
  readonly select: readonly string[];
  readonly exclude: readonly string[];
}

/** The root of a view without an absolute path; Spack would put it below its own folder. */
const DEFAULT_ROOT = '/opt/view';

/** Returns the views of a `spack.yaml`, none if it has no `view`; throws for a file that cannot be read. */
export function viewsOf(spackYaml: string): readonly View[] {
  const { environment, diagnostics } = readEnvironment(spackYaml, 'spack.yaml', { specs: false });
  refuseErrors(diagnostics);
  const view = environment?.raw.view;
  if (view === undefined || view === false) return [];
  if (view === true || typeof view === 'string') return [viewAt(view === true ? undefined : view)];
  return Object.entries(view as Record<string, unknown>).map(([name, settings]) => readView(name, settings));
}

/** All that the packages have, linked into one tree at `root`. */
export function viewAt(root: unknown): View {
  const isAbsolute = typeof root === 'string' && root.startsWith('/');
  return { root: isAbsolute ? root.replace(/\/+$/, '') : DEFAULT_ROOT, link: 'all', select: [], exclude: [] };
}

function readView(name: string, settings: unknown): View {
  if (typeof settings === 'string') return viewAt(settings);
  const { root, link, select = [], exclude = [], projections = {} } = (settings ?? {}) as Record<string, unknown>;
  const isPlain = Object.entries(projections as object).every(([key, value]) => key === 'all' && value === '');
  if (!isPlain) throw imageError('IMAGE_VIEW_UNSUPPORTED', { view: name, what: '`projections`' });
  const specs = (value: unknown) => (Array.isArray(value) ? value.map(String) : [String(value)]);
  return {
    ...viewAt(root ?? name),
    link: link === 'roots' || link === 'run' ? link : 'all',
    select: specs(select),
    exclude: specs(exclude),
  };
}

/**
 * The links of a view. Where several packages have a file, the one nearest to the roots wins, as in the views of
 * Spack's environments. Other steps of Spack's recipes, such as copies of Python, are left out.
 */
export function viewEntries(view: View, lock: Lockfile, packages: readonly PlacedPackage[]): readonly LayerEntry[] {
  const entries = new Map<string, LayerEntry>();
  const root = view.root.slice(1);
  entries.set(root, { kind: 'folder', path: root });
  for (const one of packages.filter(chooser(view, lock)).toReversed()) {
    const below = `${one.prefix.slice(1)}/`;
    for (const { path, kind } of one.facts.paths) {
      const name = path.startsWith(below) ? path.slice(below.length) : '';
      if (name === '' || /^\.spack(\/|$)/.test(name)) continue;
      const at = `${root}/${name}`;
      const known = entries.get(at);
      if (known === undefined)
        entries.set(at, kind === 'folder' ? { kind, path: at } : { kind: 'link', path: at, target: `/${path}` });
      else if ((known.kind === 'folder') !== (kind === 'folder'))
        throw imageError('IMAGE_VIEW_CLASH', { view: view.root, path: name, package: one.planned.node.name });
    }
  }
  return [...entries.values()];
}

/** Which packages a view links. */
export function chooser(view: View, lock: Lockfile): (one: PlacedPackage) => boolean {
  const run = runClosure(lock);
  const [select, exclude] = [view.select, view.exclude].map((texts) => texts.map((text) => parseSpec(text)));
  const isAny = (node: SpecNode, specs: typeof select = []) => specs.some((spec) => satisfies(node, spec, lock.nodes));
  return ({ planned: { node, isRoot } }) => {
    if (view.link === 'roots' && !isRoot) return false;
    if (view.link === 'run' && !run.has(node.hash)) return false;
    return (view.select.length === 0 || isAny(node, select)) && !isAny(node, exclude);
  };
}
