/** Thrown where something does not have the one form that this module reads. */
class OtherForm extends Error {}

/** Leaves the reading unless a condition holds. */
export function requirePlain(isPlain: boolean): asserts isPlain {
  if (!isPlain) throw new OtherForm();
}
