export type View = Readonly<Record<string, unknown>>;
type Query = ReadonlyMap<string, readonly string[]>;

const CONTROL = new Set(['fields', 'limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir', 'sort', 'offset', 'include_names', 'changes-since']);

/** Filters over a list of tags, by the name of their parameter; `wanted` are the tags of a comma-separated text. */
const TAG_FILTERS: ReadonlyMap<string, (tags: readonly unknown[], wanted: readonly string[]) => boolean> = new Map([
  ['tags', (tags, wanted) => wanted.every((tag) => tags.includes(tag))],
  ['tags-any', (tags, wanted) => wanted.some((tag) => tags.includes(tag))],
  ['not-tags', (tags, wanted) => !wanted.every((tag) => tags.includes(tag))],
  ['not-tags-any', (tags, wanted) => !wanted.some((tag) => tags.includes(tag))],
]);

/**
 * Neutron's list query: `?name=a&name=b` matches either, `?fixed_ips=subnet_id=X` looks into lists of objects, `tags=a,b`
 * and its kin into tags, `fields` picks keys, `sort_key` sorts, `marker` and `limit` page. Filters that no object has are ignored.
 */
export function listView(views: readonly View[], query: Query): readonly View[] {
  return listPage(views, query).page;
}

/** The same; `nextMarker` leads to what follows a page that `limit` ended, null when nothing does. */
export function listPage(views: readonly View[], query: Query): { readonly page: readonly View[]; readonly nextMarker: string | null } {
  const filters = [...query].filter(([key]) => !CONTROL.has(key));
  const matching = views.filter((view) => filters.every(([key, values]) => {
    const byTags = TAG_FILTERS.get(key);
    const tags = view['tags'];
    if (byTags) return !Array.isArray(tags) || byTags(tags, values.flatMap((text) => text.split(',')));
    return !(key in view) || matches(view[key], values);
  }));
  const sorted = sortViews(matching, query.get('sort_key') ?? [], query.get('sort_dir') ?? []);
  const marker = query.get('marker')?.[0];
  const from = marker === undefined ? 0 : sorted.findIndex((view) => view['id'] === marker) + 1;
  if (marker !== undefined && from === 0) throw new UnknownMarker(marker);
  const limit = Number(query.get('limit')?.[0] ?? 0);
  const page = sorted.slice(from, limit > 0 ? from + limit : undefined);
  const fields = query.get('fields')?.flatMap((text) => text.split(','));
  return {
    page: fields ? page.map((view) => pick(view, fields)) : page,
    nextMarker: limit > 0 && from + limit < sorted.length ? String(page.at(-1)?.['id']) : null,
  };
}

/** The object that a page ended with is gone, or matches no more: to begin again would give all twice, or for ever. */
class UnknownMarker extends Error {
  readonly statusCode = 404;
  constructor(marker: string) {
    super(`The marker ${marker} could not be found.`);
  }
}

function matches(value: unknown, wanted: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((item) => itemMatches(item, wanted));
  return wanted.some((text) => scalarMatches(value, text));
}

/** `subnet_id=X`, `ip_address=Y`: one item has what is wanted of each key, either value where a key is given twice. */
function itemMatches(item: unknown, wanted: readonly string[]): boolean {
  if (typeof item !== 'object' || item === null) return wanted.some((text) => scalarMatches(item, text));
  const pairs = wanted.map((text) => text.split(/=(.*)/s));
  const keys = new Set(pairs.map(([key = '']) => key));
  return [...keys].every((key) => pairs.some(([other, text = '']) => other === key && scalarMatches((item as View)[key], text)));
}

function scalarMatches(value: unknown, wanted: string): boolean {
  if (typeof value === 'boolean') return String(value) === wanted.toLowerCase() || wanted === (value ? '1' : '0');
  if (value === null || value === undefined) return wanted === '' || wanted.toLowerCase() === 'none';
  return String(value as string | number) === wanted;
}

function sortViews(views: readonly View[], keys: readonly string[], directions: readonly string[]): readonly View[] {
  if (keys.length === 0) return views;
  const textOf = (view: View, key: string) => String((view[key] ?? '') as string | number);
  return views.toSorted((first, second) => {
    for (const [index, key] of keys.entries()) {
      const order = textOf(first, key).localeCompare(textOf(second, key), 'en', { numeric: true });
      if (order !== 0) return directions[index] === 'desc' ? -order : order;
    }
    return 0;
  });
}

function pick(view: View, fields: readonly string[]): View {
  return Object.fromEntries(Object.entries(view).filter(([key]) => fields.includes(key)));
}
