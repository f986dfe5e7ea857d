import * as z from 'zod';

/** The App that made something, as GitHub describes it. */
export const MakingApp = z.object({ id: z.number().int(), client_id: z.string().optional() });

/** Returns whether it is this App: `app` is its number or its client id. */
export function isMadeByApp(maker: z.infer<typeof MakingApp> | null | undefined, app: string): boolean {
  return String(maker?.id) === app || maker?.client_id === app;
}
