import type { FastifyReply } from 'fastify';
import { SharedWork } from '../../lib/shared-work.ts';
import { Turns } from '../../lib/turns.ts';
import type { Resource } from '../../model/resources/resource.ts';
import { serialise, type Computed, type Row } from '../../model/resources/serialise.ts';
import type { Store } from '../../store/database.ts';
import { rangeOfPage } from '../../store/resources/owner-range.ts';
import type { Relations } from '../../store/resources/relations.ts';
import { selectRows, type RowQuery } from '../../store/resources/row-query.ts';
import { appendBody, textSelection } from '../../store/resources/row-text.ts';
import type { ApiRequest } from './define-routes.ts';
import { invalidMarker } from './faults.ts';
import { parseListQuery, type ListRequest, type ListSettings } from './list-query.ts';
import { closePage, openPage, sendText } from './respond.ts';

interface ListDependencies {
  readonly store: Store;
  readonly config: { readonly api_settings: ListSettings };
}

export interface ListOptions {
  readonly relations?: Relations;
  /** More conditions, e.g. the parent's id. */
  readonly filters?: RowQuery['filters'];
}

/** Answers with a page of a collection after policy has been checked. */
export async function sendList(deps: ListDependencies, resource: Resource, request: ApiRequest, reply: FastifyReply, options: ListOptions): Promise<FastifyReply> {
  const list = parseListQuery(resource, request.query, deps.config.api_settings);
  const query = { ...list.rows, filters: [...list.rows.filters, ...(options.filters ?? [])] };
  const read = () => readPage(deps, resource, list, query, request.url, options.relations);
  const key = sharingKey(resource, list, query, request.url);
  return sendText(reply, 200, key === null ? await read() : await sharedPages(deps.store).run(key, read));
}

/** Their answers leave this process first, and who looks again as soon as he has his shares the next reading with those who wait for it. */
const PAUSE_MS = 10;

/** Pages that may be long, by database: many clients look at the same list over and over. */
const pagesOf = new WeakMap<Store, SharedWork<Buffer>>();

function sharedPages(store: Store): SharedWork<Buffer> {
  const pages = pagesOf.get(store) ?? new SharedWork<Buffer>({ pauseMs: PAUSE_MS });
  pagesOf.set(store, pages);
  return pages;
}

/** What two requests must have in common to be given the same page: all that it is made from. Null: not to be shared. */
function sharingKey(resource: Resource, { fields, linkParts, isPaged }: ListRequest, query: RowQuery, url: string): string | null {
  const isShort = query.limit !== null && query.limit <= PIECE;
  // A condition that is no plain value (a subquery) cannot be compared as text.
  if (isShort || query.filters.some(({ value }) => typeof value === 'object' && value !== null)) return null;
  return JSON.stringify([resource.table, query, fields && [...fields], linkParts, isPaged, url]);
}

async function readPage(deps: ListDependencies, resource: Resource, list: ListRequest, query: RowQuery, url: string, relations: Relations | undefined): Promise<Buffer> {
  const body = openPage(resource);
  let first: Row | undefined;
  let last: Row | undefined;
  let count = 0;
  // A choice of fields is made from whole rows.
  const selection = list.fields === null ? textSelection(deps.store.read, resource, query, relations) : undefined;
  for await (const rows of readInPieces(deps, resource, query, selection)) {
    if (rows.length === 0) break;
    first ??= rows[0];
    last = rows.at(-1);
    const range = rangeOfPage(resource, query, rows);
    const computed = relations && showsAnyOf(relations, list) ? await relations.load(deps.store.read, rows, range) : NONE;
    for (const row of rows) {
      const ofRow = computed.get(String(row[resource.idColumn])) ?? {};
      if (count > 0) body.append(',');
      if (selection === undefined) body.append(JSON.stringify(serialise(resource, row, ofRow, list.fields ?? undefined)));
      else appendBody(body, row, ofRow);
      count += 1;
    }
  }
  return closePage(body, { resource, request: list, first, last, count, url });
}

/**
 * The memory of a piece can be used again for the next: a long page read at once grows the process by many times its length,
 * and the collector copies all of it over and over.
 */
const PIECE = 250;

/** More long pages at once finish no sooner, as this process has one thread, but each holds its pieces in memory. */
const longPages = new Turns(2);

type Selection = ReturnType<typeof textSelection>;

async function* readInPieces(deps: ListDependencies, resource: Resource, query: RowQuery, selection: Selection): AsyncGenerator<readonly Row[]> {
  // The others keep fractions of seconds that rows do not show: there the last row cannot say where to go on.
  const isDivisible = deps.store.dialect === 'mysql' && !query.isReversed;
  const read = async (wanted: number, afterRow: Row | null): Promise<readonly Row[]> => {
    const limit = isDivisible ? Math.min(wanted, PIECE) : query.limit;
    const rows = await selectRows(deps.store.read, resource, { ...query, limit, afterRow }, selection);
    if (rows === 'unknown-marker') throw invalidMarker(query.marker ?? '');
    return rows;
  };
  let wanted = query.limit ?? Infinity;
  let piece = read(wanted, null);
  let turn: Promise<() => void> | undefined;
  try {
    for (;;) {
      const rows = await piece;
      wanted -= rows.length;
      if (!isDivisible || rows.length < PIECE || wanted <= 0) {
        yield rows;
        return;
      }
      turn ??= longPages.enter();
      // The database reads the next piece while this one is worked on.
      piece = turn.then(() => read(wanted, rows.at(-1) ?? null));
      piece.catch(() => undefined);
      yield rows;
    }
  } finally {
    if (turn !== undefined) void Promise.allSettled([turn, piece]).then(async () => (await turn)?.());
  }
}

const NONE: ReadonlyMap<string, Computed> = new Map();

/** Children are not read when the caller asked for plain columns only. */
function showsAnyOf({ computes }: Relations, { fields }: ListRequest): boolean {
  return fields === null || computes.some((name) => fields.has(name));
}
