const TRUE_WORDS: readonly string[] = ['1', 't', 'true', 'on', 'y', 'yes'];

/** A switch in a query string, as oslo's bool_from_string reads it. */
export function isTrueFlag(value: string | readonly string[] | undefined): boolean {
  return typeof value === 'string' && TRUE_WORDS.includes(value.trim().toLowerCase());
}
