import type { ImageContents } from '../../../../src/protocol/index.ts';
import { Facts, Section } from '../../parts/page-parts.tsx';

export function Configuration({ contents }: { contents: ImageContents }) {
  const { platform, base, lock, environment, entrypoint, command, user, workdir, labels } = contents;
  return (
    <Section id="configuration" title="Configuration">
      <Facts
        facts={[
          ['platform', platform],
          ['base', base && <span title={base.digest}>{base.reference}</span>],
          ['lock', lock && <code>{lock}</code>],
          ['entrypoint', entrypoint.length > 0 && <code>{entrypoint.join(' ')}</code>],
          ['command', command.length > 0 && <code>{command.join(' ')}</code>],
          ['user', user],
          ['workdir', workdir],
        ]}
      />
      <Lines title="Environment" lines={environment} />
      <Lines title="Labels" lines={Object.entries(labels).map(([name, value]) => `${name}=${value}`)} />
    </Section>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>
        {title}, {lines.length}
      </summary>
      <pre>{lines.join('\n')}</pre>
    </details>
  );
}
