import { columnOf, type Field, type Resource, type ValueKind } from '../../model/resources/resource.ts';
import type { Direction, RowQuery, SortKey, TagFilters } from '../../store/resources/row-query.ts';
import { invalidFilter, invalidLimit, invalidMarker, invalidSortDirection, invalidSortKey, invalidSortParts } from './faults.ts';

/** A query string as the HTTP server splits it: repeated keys are arrays. */
export type QueryParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The `[api_settings]` options lists depend on. */
export interface ListSettings {
  readonly allow_pagination: boolean;
  readonly allow_sorting: boolean;
  readonly allow_filtering: boolean;
  readonly allow_field_selection: boolean;
  readonly pagination_max_limit: string | number;
  readonly api_base_uri: string | null;
}

export interface ListRequest {
  readonly rows: RowQuery;
  readonly fields: ReadonlySet<string> | null;
  /** `limit`, `sort` and `sort_key` parts that page links repeat. */
  readonly linkParts: readonly string[];
  readonly isPaged: boolean;
}

/** Parameters that are no filters (octavia: api/common/pagination.py). */
const AUXILIARY = new Set(['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'fields', 'page_reverse', 'tags', 'tags-any', 'not-tags', 'not-tags-any']);
const NEVER_NULL = new Set(['id', 'created_at', 'provisioning_status', 'operating_status', 'enabled']);

/** Reads limit, marker, sort, filters, tags and fields; throws the faults of contracts section 6. */
export function parseListQuery(resource: Resource, parameters: QueryParameters, settings: ListSettings): ListRequest {
  const limit = parseLimit(first(parameters['limit']), String(settings.pagination_max_limit));
  const sort = parseSort(resource, parameters, settings.allow_sorting);
  const linkParts = [`limit=${limit ?? 'None'}`, ...['sort', 'sort_key'].flatMap((key) => (parameters[key] ? [`${key}=${joined(parameters[key])}`] : []))];
  const marker = settings.allow_pagination ? first(parameters['marker']) : undefined;
  if (marker === '') throw invalidMarker('');
  return {
    rows: {
      filters: settings.allow_filtering ? parseFilters(resource, parameters) : [],
      tags: settings.allow_filtering && resource.hasTags ? parseTags(parameters) : {},
      sort,
      marker: marker ?? null,
      isReversed: first(parameters['page_reverse'])?.toLowerCase() === 'true',
      limit: settings.allow_pagination ? limit : null,
    },
    fields: parseFields(parameters, settings),
    linkParts,
    isPaged: settings.allow_pagination,
  };
}

/** `fields=a&fields=b`; null: all. */
export function parseFields(parameters: QueryParameters, settings: Pick<ListSettings, 'allow_field_selection'>): ReadonlySet<string> | null {
  const fields = parameters['fields'];
  if (fields === undefined || !settings.allow_field_selection) return null;
  return new Set(typeof fields === 'string' ? [fields] : fields);
}

function parseLimit(given: string | undefined, maximum: string): number | null {
  const cap = maximum === 'infinite' || Number(maximum) < 1 ? null : Number(maximum);
  if (given === undefined || given === 'infinite') return cap;
  if (!/^\s*[+-]?\d+\s*$/.test(given)) throw invalidLimit(given);
  const limit = Number(given);
  if (limit < 1) return cap;
  return cap === null ? limit : Math.min(limit, cap);
}

function parseSort(resource: Resource, parameters: QueryParameters, isAllowed: boolean): SortKey[] {
  const wanted = requestedSort(parameters).map(({ key, direction }) => ({ column: sortColumn(resource, key), direction }));
  const defaults = ['created_at', resource.idColumn].filter((column) => column !== 'created_at' || 'created_at' in resource.fields);
  const keys = isAllowed ? wanted : [];
  const missing = defaults.filter((column) => !keys.some((key) => key.column === column));
  return [...keys, ...missing.map((column) => ({ column, direction: 'asc' as const }))].map((key) => ({ ...key, ...nullRule(resource, key.column) }));
}

function requestedSort(parameters: QueryParameters): { key: string; direction: Direction }[] {
  const sort = joined(parameters['sort']);
  if (sort) {
    return sort.split(',').map((part) => {
      const [key = '', direction, ...rest] = part.split(':');
      if (rest.length > 0) throw invalidSortParts(part.split(':'));
      return { key, direction: direction === undefined ? 'asc' : parseDirection(direction) };
    });
  }
  const keys = joined(parameters['sort_key']);
  if (!keys) return [];
  const directions = (joined(parameters['sort_dir']) || '').split(',');
  return keys.split(',').map((key, index) => ({ key, direction: directions[index] ? parseDirection(directions[index]) : 'asc' }));
}

function parseDirection(text: string): Direction {
  const direction = text.toLowerCase();
  if (direction !== 'asc' && direction !== 'desc') throw invalidSortDirection(text);
  return direction;
}

function sortColumn(resource: Resource, key: string): string {
  const column = columnByName(resource, key)?.column;
  if (column === undefined) throw invalidSortKey(key);
  return column;
}

function nullRule(resource: Resource, column: string): { nullAs?: string | number | boolean } {
  if (NEVER_NULL.has(column) || column === resource.idColumn) return {};
  const kind = kindOf(columnByName(resource, column)?.field);
  if (kind === 'integer' || kind === 'float') return { nullAs: 0 };
  if (kind === 'boolean') return { nullAs: false };
  return { nullAs: kind === 'datetime' ? '1970-01-01 00:00:00' : '' };
}

/** A choice among numbers is kept as a number. */
function kindOf(field: Field | undefined): ValueKind | undefined {
  const { kind, values = [] } = field?.type ?? {};
  if (kind !== 'enum' || typeof values[0] !== 'number') return kind;
  return values.every(Number.isInteger) ? 'integer' : 'float';
}

/** A filter or sort name (API name, column name, or one of the extras) with its column. */
function columnByName(resource: Resource, name: string): { column: string; field?: Field } | undefined {
  const field = Object.hasOwn(resource.fields, name) ? resource.fields[name] : undefined;
  const column = field && columnOf(name, field);
  if (field && column) return { column, field };
  const extra = Object.hasOwn(resource.extraFilters, name) ? resource.extraFilters[name] : undefined;
  if (extra !== undefined) return { column: extra };
  for (const [apiName, candidate] of Object.entries(resource.fields)) {
    if (columnOf(apiName, candidate) === name) return { column: name, field: candidate };
  }
  return undefined;
}

function parseFilters(resource: Resource, parameters: QueryParameters): { column: string; value: unknown }[] {
  return Object.entries(parameters).flatMap(([name, text]) => {
    if (AUXILIARY.has(name) || text === undefined) return [];
    const target = columnByName(resource, name);
    if (!target || typeof text !== 'string' || target.field?.storedAs === 'python-dict') throw invalidFilter();
    return [{ column: target.column, value: filterValue(target.field, text) }];
  });
}

/** A number that no column holds: what is no number, or none of its kind, fits nothing, not even what is empty. */
const NOWHERE = -2_147_483_648;
const BIGGEST_INTEGER = 2_147_483_647;

function filterValue(field: Field | undefined, text: string): unknown {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  switch (kindOf(field)) {
    case 'boolean': return ['1', 't', 'true', 'on', 'y', 'yes'].includes(text.trim().toLowerCase());
    case 'integer': return Number.isInteger(number) && Math.abs(number) <= BIGGEST_INTEGER ? number : NOWHERE;
    case 'float': return Number.isFinite(number) ? number : NOWHERE;
    case 'datetime': return text.replace('T', ' ');
    default: return text;
  }
}

function parseTags(parameters: QueryParameters): TagFilters {
  const read = (name: string) => (parameters[name] === undefined ? undefined : joined(parameters[name]).split(','));
  const [all, any, notAll, notAny] = [read('tags'), read('tags-any'), read('not-tags'), read('not-tags-any')];
  return { ...(all && { all }), ...(any && { any }), ...(notAll && { notAll }), ...(notAny && { notAny }) };
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value[0];
}

function joined(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.join(',') ?? '');
}
