/**
 * The vocabulary of resource definitions. A definition states every field of a resource once; body validation,
 * answers, filters, sort keys, table mapping and OpenAPI derive from it.
 */
export type ValueKind = 'string' | 'integer' | 'float' | 'boolean' | 'uuid' | 'ip' | 'cidr' | 'url' | 'url-path' | 'enum' | 'datetime' | 'list' | 'map' | 'object' | 'nested';

/** `T` is the TypeScript type of a decoded value. */
export interface ValueType<T> {
  readonly kind: ValueKind;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly (string | number)[];
  /** Of `enum`: the original's words where they do not name the values. */
  readonly refusal?: string;
  readonly item?: ValueType<unknown>;
  /** Of `object`: a small structure that lives inside its owner. */
  readonly fields?: Fields;
  /** Of `nested`: a whole resource created together with its owner. */
  readonly resource?: Resource;
  /** Never set: carries the type only. */
  readonly type?: T;
}

/** How a body may carry a field. */
export type Acceptance = 'mandatory' | 'optional';

export interface Field<T = unknown> {
  readonly type: ValueType<T>;
  readonly description: string;
  /** API version that brought it. @default '2.0' */
  readonly since?: string;
  /** False when answers never show it. @default true */
  readonly shown?: false;
  /** Absent: POST refuses it. */
  readonly create?: Acceptance;
  /** In the body of a fully populated create. @default as `create`; 'none' when only the parent may say it. */
  readonly nested?: Acceptance | 'none';
  /** Absent: PUT refuses it. */
  readonly update?: 'optional' | 'mandatory';
  /** Value of a create that leaves it out. */
  readonly default?: unknown;
  /** What an explicit null on update stores; absent: null itself, i.e. cleared. 'unchanged' and 'refused' as they say. */
  readonly onNull?: 'unchanged' | 'refused' | { readonly becomes: unknown };
  /** Column (or `joined_table.column`); null when it is no column of these tables. @default the field's own name */
  readonly column?: string | null;
  /** How a column holds a list or map. */
  readonly storedAs?: 'comma-list' | 'python-dict';
  /** What answers show for null in the database. @default null; `{}` of a map */
  readonly nullAs?: string | boolean;
  /** True when a nil UUID in the database means null. */
  readonly nilAsNull?: true;
}

export type Fields = Readonly<Record<string, Field>>;

export interface Resource<F extends Fields = Fields> {
  /** Key around one object in bodies. */
  readonly root: string;
  /** Key around a list, and the links key beside it. */
  readonly collection: string;
  readonly linksKey: string;
  /** As the original calls it in messages. */
  readonly label: string;
  /** `os_load-balancer_api:<policy>:<action>` */
  readonly policy: string;
  /** Name of the body argument in the original's unknown-attribute messages. */
  readonly argument: string;
  /** The same for PUT. */
  readonly updateArgument: string;
  readonly table: string;
  /** Tables with at most one row per object, read in the same statement. `key` is their reference to this table's id. */
  readonly joins: readonly { readonly table: string; readonly key: string }[];
  readonly idColumn: 'id' | 'name' | 'project_id';
  /** Column whose value DELETED hides an object; null when rows are simply removed. */
  readonly deletedIn: 'provisioning_status' | 'status' | null;
  readonly hasTags: boolean;
  /** More names a list may be filtered by, with their columns. */
  readonly extraFilters: Readonly<Record<string, string>>;
  /** In the order of answers. */
  readonly fields: F;
  /** True when answers repeat project_id as tenant_id. */
  readonly hasProject: boolean;
}

type ResourceSpec<F extends Fields> = Pick<Resource, 'root' | 'collection' | 'label' | 'policy' | 'table'> &
  Partial<Pick<Resource, 'linksKey' | 'argument' | 'updateArgument' | 'joins' | 'idColumn' | 'deletedIn' | 'hasTags' | 'extraFilters'>> & { readonly fields: F };

export function defineResource<const F extends Fields>(spec: ResourceSpec<F>): Resource<F> {
  return {
    linksKey: `${spec.collection}_links`,
    argument: `${spec.root}_`,
    updateArgument: spec.argument ?? `${spec.root}_`,
    joins: [],
    idColumn: 'id',
    deletedIn: 'provisioning_status',
    hasTags: 'tags' in spec.fields,
    extraFilters: {},
    hasProject: 'project_id' in spec.fields,
    ...spec,
  };
}

/** The column of a field, or null. */
export function columnOf(name: string, field: Field): string | null {
  return field.column === undefined ? name : field.column;
}

/** How a body of this kind may carry the field; null when it may not. */
export function acceptanceOf(field: Field, body: BodyKind): Acceptance | null {
  if (body === 'update') return field.update ?? null;
  if (body === 'nested' && field.nested) return field.nested === 'none' ? null : field.nested;
  return field.create ?? null;
}

export type BodyKind = 'create' | 'update' | 'nested';

type ValueIn<D> = D extends { readonly type: ValueType<infer T> } ? T : never;
type KeysWith<F, P extends string, V> = { [K in keyof F]: F[K] extends { readonly [N in P]: V } ? K : never }[keyof F];
type NestedKeys<F, V> = { [K in keyof F]: F[K] extends { readonly nested: infer N } ? (N extends V ? K : never) : F[K] extends { readonly create: V } ? K : never }[keyof F];

/** Decoded POST body: absent key = not given. */
export type CreateBody<R extends { readonly fields: Fields }> = Shape<R['fields'], KeysWith<R['fields'], 'create', 'mandatory'>, KeysWith<R['fields'], 'create', 'optional'>>;
/** Decoded PUT body: absent = unchanged, null = the field's meaning of null. */
export type UpdateBody<R extends { readonly fields: Fields }> = Shape<R['fields'], KeysWith<R['fields'], 'update', 'mandatory'>, KeysWith<R['fields'], 'update', 'optional'>>;
/** Decoded member of a fully populated create. */
export type NestedBody<R extends { readonly fields: Fields }> = Shape<R['fields'], NestedKeys<R['fields'], 'mandatory'>, NestedKeys<R['fields'], 'optional'>>;

type Shape<F, M extends keyof F, O extends keyof F> = { readonly [K in M]: ValueIn<F[K]> } & { readonly [K in O]?: ValueIn<F[K]> | null };

export const text = (limits: { minLength?: number; maxLength?: number; pattern?: RegExp } = {}): ValueType<string> => ({ kind: 'string', ...limits });
export const integer = (limits: { min?: number; max?: number } = {}): ValueType<number> => ({ kind: 'integer', ...limits });
export const boolean = (): ValueType<boolean> => ({ kind: 'boolean' });
/** Accepted with or without dashes, kept lower case with dashes. */
export const uuid = (): ValueType<string> => ({ kind: 'uuid' });
export const ipAddress = (): ValueType<string> => ({ kind: 'ip' });
/** Kept as network address and prefix. */
export const cidr = (): ValueType<string> => ({ kind: 'cidr' });
/** http or https with a host. */
export const url = (maxLength: number): ValueType<string> => ({ kind: 'url', maxLength });
export const urlPath = (maxLength: number): ValueType<string> => ({ kind: 'url-path', maxLength });
export const datetime = (): ValueType<string> => ({ kind: 'datetime' });
export const oneOf = <const V extends readonly (string | number)[]>(values: V, refusal?: string): ValueType<V[number]> => ({ kind: 'enum', values, ...(refusal !== undefined && { refusal }) });
export const listOf = <T>(item: ValueType<T>): ValueType<readonly T[]> => ({ kind: 'list', item });
export const mapOf = <T>(item: ValueType<T>): ValueType<Readonly<Record<string, T>>> => ({ kind: 'map', item });
export const structure = <const F extends Fields>(fields: F): ValueType<CreateBody<{ readonly fields: F }>> => ({ kind: 'object', fields });
export const nested = <F extends Fields>(resource: Resource<F>): ValueType<NestedBody<Resource<F>>> => ({ kind: 'nested', resource });
/** `{id}` as answers show children and parents. */
export const idReference = () => structure({ id: { type: uuid(), description: 'Its id.', create: 'mandatory' } });
