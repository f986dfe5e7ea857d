import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ChangedPackage, PipelineChange } from '../../../../src/protocol/index.ts';
import { fragment, linkTo } from '../../router.ts';
import { Status } from '../status.tsx';
import { causeTree, pathTo, whyName, type CauseBranch, type TreeNode } from './cause-tree.ts';
import { WhySearch } from './why-search.tsx';

/** A change with fewer packages is shown open. */
const FEW = 30;
/** Rows below one that are shown at once. */
const SHOWN = { causes: 10, packages: 50 } as const;

/** What the rows of a tree share. */
interface Tree {
  readonly change: PipelineChange;
  /** The page of a package. */
  readonly linkOf: (one: ChangedPackage) => string;
  /** Keys of the rows that lead to the marked package, and of that itself. */
  readonly path: readonly string[];
  readonly isOpen: (key: string) => boolean;
  readonly toggle: (key: string) => void;
}

interface CauseTreeOptions {
  readonly change: PipelineChange;
  readonly stack: string;
  /** Number of the pull request, whose builds are on a mirror of its own. */
  readonly request: string | undefined;
}

/**
 * The causes of a change as a tree: below each one what it rebuilds, by dependency. `#why=hdf5` in the address marks a
 * package, and shows why it is built as a sentence.
 */
export function CauseTree({ change, stack, request }: CauseTreeOptions) {
  const { packages } = change;
  const branches = useMemo(() => causeTree(change), [change]);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const wanted = /^#why=(.+)$/.exec(fragment.value)?.[1] ?? '';
  const path = useMemo(() => pathTo(branches, decodeURIComponent(wanted)) ?? [], [branches, wanted]);
  if (packages.length === 0) return null;
  const isFew = branches.reduce((sum, { size }) => sum + size, 0) <= FEW;
  const opened = new Set(path.slice(0, -1));
  const isOpen = (key: string) => (isFew || opened.has(key)) !== toggled.has(key);
  const toggle = (key: string) =>
    setToggled((now) => (now.has(key) ? new Set([...now].filter((one) => one !== key)) : new Set([...now, key])));
  const linkOf = ({ hash, build }: ChangedPackage) => linkTo.package(stack, hash, build ? request : undefined);
  const tree = { change, linkOf, path, isOpen, toggle };
  return (
    <>
      {!isFew && <WhySearch packages={packages} />}
      {wanted !== '' && path.length === 0 && (
        <p class="notice mild">This change does not rebuild {decodeURIComponent(wanted)}.</p>
      )}
      <Rows label="Causes" count={branches.length} shown={SHOWN.causes}>
        {(shown) => branches.slice(0, shown).map((branch) => <Branch key={branch.key} branch={branch} tree={tree} />)}
      </Rows>
    </>
  );
}

/** A cause. One of a single package is the row of that package. */
function Branch({ branch, tree }: { branch: CauseBranch; tree: Tree }) {
  const { key, cause, size, below } = branch;
  const [first] = below;
  const { words, causes } = tree.change;
  if (cause === undefined && causes.length === 0)
    return below.map((node) => <PackageRow key={node.key} node={node} tree={tree} />);
  const text = cause === undefined ? `Other packages: ${size}` : words.causes[cause];
  if (cause !== undefined && below.length === 1 && first?.one.own === true)
    return <PackageRow node={first} tree={tree} text={text} />;
  return (
    <li>
      <Row id={key} tree={tree} hasBelow>
        <span class="cause-text">{text}</span>
      </Row>
      {tree.isOpen(key) && <Below nodes={below} tree={tree} label={text ?? ''} />}
    </li>
  );
}

function Below({ nodes, tree, label }: { nodes: readonly TreeNode[]; tree: Tree; label: string }) {
  const at = nodes.findIndex(({ key }) => tree.path.includes(key));
  return (
    <Rows label={label} count={nodes.length} shown={Math.max(SHOWN.packages, at + 1)}>
      {(shown) => nodes.slice(0, shown).map((node) => <PackageRow key={node.key} node={node} tree={tree} />)}
    </Rows>
  );
}

interface PackageRowOptions {
  readonly node: TreeNode;
  readonly tree: Tree;
  /** Stands in place of the package's name. */
  readonly text?: string;
}

function PackageRow({ node, tree, text }: PackageRowOptions) {
  const { key, index, one, below } = node;
  const { change, linkOf, path, isOpen } = tree;
  const isMarked = path.at(-1) === key;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isMarked) row.current?.scrollIntoView({ block: 'nearest' });
  }, [isMarked]);
  const title = `${one.name}@${one.version}`;
  return (
    <li ref={row} class={isMarked ? 'marked' : undefined}>
      <Row id={key} tree={tree} hasBelow={below.length > 0}>
        <a
          class="cause-text"
          href={isMarked ? '#change' : `#why=${encodeURIComponent(whyName(one, change.packages))}`}
          aria-expanded={isMarked}
        >
          {text ?? title}
        </a>
        <JobOf one={one} />
      </Row>
      {isMarked && (
        <p class="why">
          {change.words.packages[index]} {isStored(one) && <a href={linkOf(one)}>Package on the mirror</a>}
        </p>
      )}
      {below.length > 0 && isOpen(key) && <Below nodes={below} tree={tree} label={title} />}
    </li>
  );
}

/** Whether the package is on a mirror. */
function isStored({ build, reason, job }: ChangedPackage): boolean {
  return build ? job?.status === 'success' : !reason.startsWith('untouched');
}

/** How the package's job is doing, and the way to it. */
function JobOf({ one: { name, build, job } }: { one: ChangedPackage }) {
  if (job === undefined) return <span class="faint">{build ? 'to build' : 'on the mirror'}</span>;
  const status = <Status status={job.status} label />;
  if (job.id === '') return status;
  return (
    <a class="job-link" href={linkTo.job(job.id)}>
      {status}
      <span class="visually-hidden"> (job of {name})</span>
    </a>
  );
}

interface RowOptions {
  readonly id: string;
  readonly tree: Tree;
  readonly hasBelow: boolean;
  readonly children: ComponentChildren;
}

function Row({ id, tree: { isOpen, toggle }, hasBelow, children }: RowOptions) {
  return (
    <div class="cause-row">
      {hasBelow ? (
        <button
          type="button"
          class="plain turn"
          aria-label="What it rebuilds"
          aria-expanded={isOpen(id)}
          onClick={() => toggle(id)}
        >
          <span aria-hidden="true">{isOpen(id) ? '▾' : '▸'}</span>
        </button>
      ) : (
        <span class="turn" />
      )}
      {children}
    </div>
  );
}

interface RowsOptions {
  readonly label: string;
  readonly count: number;
  readonly shown: number;
  readonly children: (shown: number) => ComponentChildren;
}

/** A list that shows its first rows, and more of them on demand. */
function Rows({ label, count, shown, children }: RowsOptions) {
  const [more, setMore] = useState(0);
  const rest = count - shown - more;
  return (
    <ul class="causes" aria-label={label}>
      {children(shown + more)}
      {rest > 0 && (
        <li>
          <button type="button" class="link" onClick={() => setMore(more + SHOWN.packages)}>
            {rest} more
          </button>
        </li>
      )}
    </ul>
  );
}
