import type { PullView } from '../../../../src/protocol/index.ts';
import { Copyable, Section } from '../../parts/page-parts.tsx';
import { Switch } from '../../parts/switch.tsx';
import { useChoice } from '../../query-state.ts';

const tools = ['docker', 'podman', 'apptainer', 'spack'] as const;
type Tool = (typeof tools)[number];
const names = { docker: 'Docker', podman: 'Podman', apptainer: 'Apptainer', spack: 'Spack' };

/** Commands that fetch an image, or its packages, with a choice of the tool. */
export function Pull({ pull }: { pull: PullView }) {
  const known = tools.filter((tool) => tool !== 'spack' || pull.mirror !== undefined);
  const [tool, setTool] = useChoice<Tool>('tool', { choices: known, standard: 'docker' });
  return (
    <Section id="pull" title="Pull">
      <Switch label="Tool" choices={known} chosen={tool} onChoose={setTool} text={(one) => names[one]} />
      {commandsOf(tool, pull).map((command, index) => (
        <Copyable key={command} text={command} label={`command ${index + 1} for ${names[tool]}`} />
      ))}
      {tool === 'docker' && pull.insecure && (
        <p class="faint">
          This registry uses plain HTTP. Docker accepts that only from localhost and from its{' '}
          <code>insecure-registries</code>.
        </p>
      )}
      {tool === 'spack' && <p class="faint">This mirror holds the packages of the image’s lock, and nothing else.</p>}
      {tool !== 'spack' && (
        <>
          <p class="faint">Exactly this image, even if the tag moves later:</p>
          <Copyable text={pull.digest} label="the reference by digest" />
        </>
      )}
    </Section>
  );
}

function commandsOf(tool: Tool, { tag, insecure, mirror }: PullView): readonly string[] {
  switch (tool) {
    case 'docker':
      return [`docker pull ${tag}`];
    case 'podman':
      return [`podman pull ${insecure ? '--tls-verify=false ' : ''}${tag}`];
    case 'apptainer':
      return [`apptainer pull ${insecure ? '--no-https ' : ''}docker://${tag}`];
    case 'spack':
      return [`spack mirror add --signed image ${mirror}`, 'spack buildcache keys --install --trust'];
  }
}
