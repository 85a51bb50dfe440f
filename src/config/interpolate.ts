/** How a `$reference` failed, for the reader to name the place. */
export class BadReference extends Error {}

const REFERENCE = /\$(?:\$|\{([_a-z][._a-z0-9]*)\}|([_a-z][._a-z0-9]*))/gi;

/**
 * Replaces `$name`, `${name}`, `$group.name` and `$$` as oslo.config does; a dollar sign before anything else stays.
 * `lookUp` returns the text of an option, '' for one that is not set, or undefined when there is no such option.
 */
export function interpolate(text: string, lookUp: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  return text.replaceAll('\\$', '$$$$').replaceAll(REFERENCE, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return '$';
    const value = lookUp(name);
    if (value === undefined) throw new BadReference(`${whole} refers to no option (write $$ for a dollar sign)`);
    return value;
  });
}
