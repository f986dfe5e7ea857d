import { join } from 'node:path';
import * as z from 'zod';
import { messageOf } from '../../kit/index.ts';
import { writeLockfile, type Lockfile } from '../../spack/index.ts';
import type { LockRequest } from '../builder.ts';
import { builderError } from '../errors.ts';
import { inScratchFolder } from './scratch-folder.ts';
import { copyEnvironment } from './scratch-view.ts';
import { removeBinaryMirrors } from './source-mirrors.ts';
import { evaluateInSpack, type SpackSession } from './spack-session.ts';

export interface SourcesRequest extends LockRequest {
  readonly lock: Lockfile;
  /** The folder of the mirror, absolute; made if missing. */
  readonly folder: string;
  /** Whether sources are fetched whose recipes forbid to redistribute them. */
  readonly isPrivate: boolean;
  /** Called for each package when its sources are there, or are known not to come. */
  readonly onPackage: (sources: PackageSources) => void;
}

/**
 * How the sources of one package fared: `fetched` now, at least in part; all `present` before; `none`, because it has
 * none; `restricted`, because its recipe forbids to redistribute them; or `failed`.
 */
const PackageSources = z.object({
  hash: z.string(),
  outcome: z.enum(['fetched', 'present', 'none', 'restricted', 'failed']),
  /** The archives and patches, relative to the mirror. */
  files: z.array(z.string()),
  /** Sources without a fixed content, such as a branch: the mirror has them as they were when they were fetched. */
  moving: z.array(z.string()),
  /** Why it failed, or has none. */
  reason: z.string().optional(),
});
export type PackageSources = z.infer<typeof PackageSources>;

interface SourcesSettings {
  readonly session: Omit<SpackSession, 'environment' | 'workFolder'>;
  readonly cacheFolder: string;
}

/** Fetches the sources of all packages of a lock, with patches and resources, into a mirror of Spack's layout. */
export async function mirrorSpackSources(
  { environment, lock, folder, isPrivate, onPackage }: SourcesRequest,
  { session, cacheFolder }: SourcesSettings,
): Promise<readonly PackageSources[]> {
  return inScratchFolder(join(cacheFolder, 'sources-'), async (scratch) => {
    const copied = { scratch, cacheFolder, lock: writeLockfile(lock), adapt: removeBinaryMirrors };
    const view = await copyEnvironment(environment, copied);
    const found: PackageSources[] = [];
    const onLine = (line: string): void => {
      if (!line.startsWith(MARK)) return;
      const one = PackageSources.parse(JSON.parse(line.slice(MARK.length)));
      found.push(one);
      onPackage(one);
    };
    const here: SpackSession = { ...session, environment: view, workFolder: scratch, log: onLine };
    const text = script({ folder, isPrivate });
    await evaluateInSpack(here, { name: 'mirror-sources', text }, { isQuiet: false }).catch((error: unknown) => {
      session.signal?.throwIfAborted();
      throw builderError('SPACK_FAILED', { what: 'fetching sources', reason: messageOf(error) }, { cause: error });
    });
    return found;
  });
}

/** Begins the lines of the script that report a package, among those that Spack itself prints. */
const MARK = 'slipway-sources: ';

/**
 * Does what `spack mirror create --all` does for an environment (`spack.stage.Stage.cache_mirror`), and reports each
 * package, with the reasons that Spack gives.
 */
const script = (options: { readonly folder: string; readonly isPrivate: boolean }) => `
import json, sys
import spack.caches, spack.environment
import spack.fetch_strategy as fs
options = json.loads(${JSON.stringify(JSON.stringify(options))})
cache = spack.caches.MirrorCache(options["folder"], skip_unstable_versions=False)

class Stats:
    def __init__(self):
        self.old, self.new = [], []
    def already_existed(self, path):
        self.old.append(path)
    def added(self, path):
        self.new.append(path)

def reason_of(error):
    long = getattr(error, "long_message", None)
    text = getattr(error, "message", None) or str(error) or type(error).__name__
    return " ".join(("%s: %s" % (text, long) if long else text).split())

def is_moving(fetcher):
    if isinstance(fetcher, fs.URLFetchStrategy):
        return not fetcher.digest
    try:
        return not fetcher.mirror_id()
    except NotImplementedError:
        return True

def mirror(pkg, stats):
    for attempt in range(3):
        try:
            with pkg.stage as stages:
                stages.cache_mirror(cache, stats)
            return
        except Exception as error:
            pkg.stage.destroy()
            if attempt == 2 or isinstance(error, (fs.ChecksumError, fs.NoDigestError)):
                raise

def sources_of(spec):
    stats, result = Stats(), {"hash": spec.dag_hash(), "files": [], "moving": []}
    pkg = None
    try:
        pkg = spec.package
        if "dev_path" in spec.variants:
            return dict(result, outcome="none", reason="it is in development at %s" % spec.variants["dev_path"].value)
        fetchers = [stage.default_fetcher for stage in pkg.stage]
        sources = [one for one in fetchers if not isinstance(one, fs.BundleFetchStrategy)]
        if not sources:
            return dict(result, outcome="none", reason="it has no code of its own")
        allows = getattr(type(pkg), "redistribute_source", lambda spec: True)
        if not options["isPrivate"] and not allows(spec):
            return dict(result, outcome="restricted", reason="its recipe forbids to redistribute it")
        result["moving"] = [str(one) for one in sources if is_moving(one)]
        mirror(pkg, stats)
    except Exception as error:
        hint = getattr(pkg, "download_instr", "") if getattr(pkg, "manual_download", False) else ""
        return dict(result, outcome="failed", reason=" ".join([reason_of(error), *hint.split()]))
    root = cache.root.rstrip("/") + "/"
    files = [path[len(root):] for path in stats.old + stats.new]
    return dict(result, outcome="fetched" if stats.new else "present", files=files)

specs = [one for one in spack.environment.active_environment().all_specs() if not one.external]
for spec in sorted(specs, key=lambda one: (one.name, one.dag_hash())):
    print(${JSON.stringify(MARK)} + json.dumps(sources_of(spec)), flush=True)
json.dump(None, open(sys.argv[1], "w"))
`;
