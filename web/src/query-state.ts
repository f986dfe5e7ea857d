import { amend, query } from './router.ts';

/** Returns a value of the address's query, and a function that changes it. The standard value has no parameter. */
export function useQuery(name: string, standard: string): readonly [string, (value: string) => void] {
  const value = new URLSearchParams(query.value).get(name) ?? standard;
  return [value, (next) => amend(addressWith(location.href, { name, value: next === standard ? undefined : next }))];
}

interface Choice<T extends string> {
  readonly choices: readonly T[];
  readonly standard: T;
}

/** The same for a value that is one of several; the standard stands for any other that an address holds. */
export function useChoice<T extends string>(name: string, { choices, standard }: Choice<T>) {
  const [value, set] = useQuery(name, standard);
  return [choices.find((one) => one === value) ?? standard, set as (value: T) => void] as const;
}

/** Returns the path, query and hash of an address with one parameter changed, or left out without a value. */
export function addressWith(address: string, { name, value }: { name: string; value?: string }): string {
  const url = new URL(address);
  if (value === undefined) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  return url.pathname + url.search + url.hash;
}
