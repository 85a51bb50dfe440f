/** Anything that could break out of a configuration line: controls, space, C1 controls. */
// oxlint-disable-next-line no-control-regex -- these are the characters to refuse
const FORBIDDEN = /[\u0000-\u0020\u007f-\u009f]/;
const AUTHORITY = /^(?:[^@/?#[\]]*@)?(?<host>\[[0-9A-Fa-f:.]+(?:%25[^\]]+)?\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::\d*)?$/;
/** Of what is printed, all that the original's library does not escape before it judges a path. */
const BRACKET_IN_PATH = /^[^?#]*[[\]]/;

/** An http or https URL with a host and without any white space (octavia: common/validate.py url). */
export function isHttpUrl(text: string): boolean {
  if (FORBIDDEN.test(text)) return false;
  const match = /^https?:\/\/(?<authority>[^/?#]*)(?<rest>.*)$/s.exec(text);
  return match?.groups !== undefined && AUTHORITY.test(match.groups['authority'] ?? '') && !BRACKET_IN_PATH.test(match.groups['rest'] ?? '');
}

/** A path with an optional query that starts with a slash (octavia: common/validate.py url_path). */
export function isUrlPath(text: string): boolean {
  return text.startsWith('/') && !/^\/\/[^/?#]/.test(text) && !/\s/.test(text) && !FORBIDDEN.test(text) && !BRACKET_IN_PATH.test(text);
}
