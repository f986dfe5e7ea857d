const LINK = /\[([^\]]*)\]\((https?:\/\/[^)\s]+)\)/;

/** The answer to a command: Markdown of the server, of which the links to its own pages are shown. */
export function AnswerText({ text }: { text: string }) {
  const parts = text.split(LINK);
  return parts.map((part, index) => {
    const [isLabel, isTarget] = [index % 3 === 1, index % 3 === 2];
    if (isTarget) return null;
    const target = parts[index + 1];
    const isOwn = isLabel && target?.startsWith(`${location.origin}/`) === true;
    return isOwn ? <a href={target}>{part}</a> : part;
  });
}
