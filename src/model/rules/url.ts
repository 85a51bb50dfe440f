/** Anything that could break out of a configuration line: controls, space, C1 controls. */
// oxlint-disable-next-line no-control-regex -- these are the characters to refuse
const FORBIDDEN = /[\u0000-\u0020\u007f-\u009f]/;
const PATH_CHARACTERS = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;
const QUERY_AND_FRAGMENT = /^(?<path>[^?#]*)(?:\?[^#]*)?(?:#.*)?$/s;
const AUTHORITY = /^(?:[^@/?#[\]]*@)?(?<host>\[[0-9A-Fa-f:.]+(?:%25[^\]]+)?\]|[A-Za-z0-9\-._~!$&'()*+,;=%]+)(?::\d*)?$/;

/** An http or https URL with a host and without any white space (octavia: common/validate.py url). */
export function isHttpUrl(text: string): boolean {
  if (FORBIDDEN.test(text)) return false;
  const match = /^https?:\/\/(?<authority>[^/?#]*)(?<rest>.*)$/is.exec(text);
  return match?.groups !== undefined && AUTHORITY.test(match.groups['authority'] ?? '') && hasValidPath(match.groups['rest'] ?? '');
}

/** A path with an optional query that starts with a slash (octavia: common/validate.py url_path). */
export function isUrlPath(text: string): boolean {
  return text.startsWith('/') && !text.startsWith('//') && !/\s/.test(text) && hasValidPath(text);
}

function hasValidPath(rest: string): boolean {
  return PATH_CHARACTERS.test(QUERY_AND_FRAGMENT.exec(rest)?.groups?.['path'] ?? '');
}
