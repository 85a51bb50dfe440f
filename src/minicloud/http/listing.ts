export type View = Readonly<Record<string, unknown>>;
type Query = ReadonlyMap<string, readonly string[]>;

const CONTROL = new Set(['fields', 'limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir', 'sort', 'offset', 'include_names', 'changes-since']);

/**
 * Neutron's list query: `?name=a&name=b` matches either, `?fixed_ips=subnet_id=X` looks into lists of objects, `fields`
 * picks keys, `sort_key` sorts, `marker` and `limit` page. Filters that no object has are ignored.
 */
export function listView(views: readonly View[], query: Query): readonly View[] {
  const filters = [...query].filter(([key]) => !CONTROL.has(key));
  const matching = views.filter((view) => filters.every(([key, values]) => !(key in view) || matches(view[key], values)));
  const sorted = sortViews(matching, query.get('sort_key') ?? [], query.get('sort_dir') ?? []);
  const marker = query.get('marker')?.[0];
  const from = marker === undefined ? 0 : sorted.findIndex((view) => view['id'] === marker) + 1;
  const limit = Number(query.get('limit')?.[0] ?? 0);
  const page = sorted.slice(from, limit > 0 ? from + limit : undefined);
  const fields = query.get('fields')?.flatMap((text) => text.split(','));
  return fields ? page.map((view) => pick(view, fields)) : page;
}

function matches(value: unknown, wanted: readonly string[]): boolean {
  if (Array.isArray(value)) return wanted.some((text) => value.some((item) => itemMatches(item, text)));
  return wanted.some((text) => scalarMatches(value, text));
}

function itemMatches(item: unknown, wanted: string): boolean {
  if (typeof item !== 'object' || item === null) return scalarMatches(item, wanted);
  const [key = '', text = ''] = wanted.split(/=(.*)/s);
  return scalarMatches((item as View)[key], text);
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
