/** Bytes of one file; GitLab's default is 5 KB, which Spack's own pipelines come close to. */
const LARGEST = 64 * 1024;
const MOST = 200;
const SHOWN = 80;

/**
 * `NAME=value` lines as GitLab takes them from `artifacts:reports:dotenv`: no comments, no quotes, no lines that go on
 * (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv). `fault` is the reason if it is
 * invalid.
 */
export function readDotenv(text: string): {
  readonly variables: Readonly<Record<string, string>>;
  readonly fault?: string;
} {
  const variables: Record<string, string> = {};
  if (Buffer.byteLength(text) > LARGEST) return { variables, fault: `it is larger than ${LARGEST} bytes` };
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const match = /^\s*([A-Za-z_]\w*)\s*=(.*)$/.exec(line);
    if (match === null) return { variables, fault: `\`${line.slice(0, SHOWN)}\` is no \`NAME=value\`` };
    variables[match[1] as string] = (match[2] as string).trim();
  }
  const count = Object.keys(variables).length;
  return count > MOST ? { variables, fault: `it has ${count} variables, and may have ${MOST}` } : { variables };
}
