import type * as z from 'zod';

/** Returns the fields of a record that a view's schema names. */
export function viewOf<View extends z.ZodObject>(view: View, record: z.output<View>): z.output<View> {
  return Object.fromEntries(Object.keys(view.shape).map((name) => [name, record[name]])) as z.output<View>;
}
