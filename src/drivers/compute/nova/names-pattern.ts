/**
 * A regular expression for Nova's filter `name` that matches all these names. Nova's API takes `|` for the character itself
 * (nova: db/main/api.py _safe_regex_mysql), so each place allows the characters that any of the names has there: more may
 * match, which the caller sorts out. Of names that are random hardly any does while they are few.
 */
export function namesPattern(names: readonly string[]): string {
  const shortest = Math.min(...names.map((name) => name.length));
  const places = Array.from({ length: Math.max(...names.map((name) => name.length)) }, (_, index) => {
    const allowed = [...new Set(names.flatMap((name) => name[index] ?? []))].toSorted();
    return `${anyOf(allowed)}${index < shortest ? '' : '?'}`;
  });
  return `^${places.join('')}$`;
}

/** Names of servers are letters, digits and `-`, which in a class means itself only at the end. */
function anyOf(characters: readonly string[]): string {
  if (characters.length === 1) return characters[0] ?? '';
  const hasDash = characters.includes('-');
  return `[${characters.filter((one) => one !== '-').join('')}${hasDash ? '-' : ''}]`;
}
