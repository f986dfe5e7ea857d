/** Characters of a status' description that GitHub accepts. */
const LONGEST = 140;

/** Shortens the description of a status to what a forge accepts. */
export function statusText(description: string): string {
  return description.length > LONGEST ? `${description.slice(0, LONGEST - 1)}…` : description;
}
