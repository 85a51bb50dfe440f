import type { AccessRule } from '../../openstack/token.ts';

/** What is asked for, as the client named it. */
export interface RequestLine {
  readonly method: string;
  /** With or without its query. */
  readonly url: string;
}

/** No path of an API is longer; trying a user's patterns on it costs time. */
const LONGEST_PATH = 1024;

type Step = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'segment' } | { readonly kind: 'anything' };

/**
 * Whether the access rules of an application credential admit a request to this service (keystonemiddleware). Without
 * `serviceType` nobody can tell which rules are about this service: then none does.
 */
export function isAdmitted(rules: readonly AccessRule[], { method, url }: RequestLine, serviceType: string | null): boolean {
  if (serviceType === null || serviceType === '') return false;
  const path = url.split(/[?#]/, 1)[0] ?? '';
  if (path.length > LONGEST_PATH) return false;
  return rules.some((rule) => rule.service === serviceType && rule.method === method && fits(path, stepsOf(rule.path)));
}

/** `*` and `{name}` stand for one part of a path, `**` for anything. */
function stepsOf(pattern: string): readonly Step[] {
  return [...pattern.matchAll(/\{[^}]*\}|\*\*|\*|[^{}*]+/g)].map(([text]): Step => {
    if (text === '**') return { kind: 'anything' };
    return text === '*' || text.startsWith('{') ? { kind: 'segment' } : { kind: 'text', text };
  });
}

/** Keeps every place that the path can have been matched to, as users write the patterns: a regular expression of theirs could take for ever. */
function fits(path: string, steps: readonly Step[]): boolean {
  let places = new Set([0]);
  for (const step of steps) places = new Set(nextPlaces(path, step, places));
  return places.has(path.length);
}

function* nextPlaces(path: string, step: Step, places: ReadonlySet<number>): Generator<number> {
  if (step.kind === 'text') {
    for (const place of places) if (path.startsWith(step.text, place)) yield place + step.text.length;
    return;
  }
  let isInside = false;
  for (let end = 0; end <= path.length; end += 1) {
    // A part of a path has at least one character.
    if (step.kind === 'segment') {
      if (isInside && path[end - 1] === '/') isInside = false;
      if (isInside) yield end;
      isInside ||= places.has(end);
    } else {
      isInside ||= places.has(end);
      if (isInside) yield end;
    }
  }
}
