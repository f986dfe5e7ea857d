import { openMirror, requireMirror, type NamedMirror } from '../named-mirror.ts';
import { parseRegistryUrl } from '../stores/store-from-url.ts';
import { detectLayout } from './detect-layout.ts';
import type { MirrorLayout } from './layout.ts';
import { v2Layout } from './v2-layout.ts';
import { v3Layout } from './v3-layout.ts';

interface MigrationRequest {
  readonly from: NamedMirror;
  /** Address of the target; that of the source for another layout in the same store. */
  readonly to: string;
  readonly layout: MirrorLayout['kind'];
}

/** Opens both ends of a migration. */
export async function openMigration(
  request: MigrationRequest,
): Promise<{ readonly from: MirrorLayout; readonly to: MirrorLayout }> {
  const { from, to: url, layout } = request;
  requireMirror(from);
  const source = await openMirror(from);
  const [one, other] = [parseRegistryUrl(from.url), parseRegistryUrl(url)];
  const mountFrom = one !== undefined && one.registry === other?.registry ? [one.repository] : [];
  const isSame = from.url === url;
  const target = isSame ? source : await openMirror({ ...from, url }, { mountFrom });
  const to = layout === 'v2' ? v2Layout(target) : v3Layout(target);
  if (!isSame) return { from: await detectLayout(source), to };
  // In one store the source is the layout that the target is not.
  return { from: layout === 'v2' ? v3Layout(source) : v2Layout(source), to };
}
