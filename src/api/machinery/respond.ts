import type { FastifyReply } from 'fastify';
import type { Resource } from '../../model/resources/resource.ts';
import type { Row } from '../../model/resources/serialise.ts';
import type { ListRequest } from './list-query.ts';

/** Sends a ready JSON text. */
export function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).header('content-type', 'application/json').send(JSON.stringify(body));
}

/** 202 and 204 answers of Octavia have no body. */
export function sendEmpty(reply: FastifyReply, status: 202 | 204): FastifyReply {
  return reply.code(status).send('');
}

export interface Page {
  readonly resource: Resource;
  readonly request: ListRequest;
  readonly rows: readonly Row[];
  readonly bodies: readonly unknown[];
  /** URL of the list without its query. */
  readonly url: string;
}

/** A list body with its page links (octavia: api/common/pagination.py _make_links). */
export function pageBody(page: Page): Record<string, unknown> {
  const { resource, request } = page;
  const body: Record<string, unknown> = { [resource.collection]: page.bodies };
  if (request.isPaged) body[resource.linksKey] = pageLinks(page);
  return body;
}

function pageLinks({ resource, request, rows, url }: Page): { rel: string; href: string }[] {
  const [firstRow, lastRow] = [rows[0], rows.at(-1)];
  if (!firstRow || !lastRow) return [];
  const href = (...parts: readonly string[]) => `${url}?${[...request.linkParts, ...parts].join('&')}`;
  const { limit, marker } = request.rows;
  return [
    ...(marker === null ? [] : [{ rel: 'previous', href: href(`marker=${String(firstRow[resource.idColumn])}`, 'page_reverse=True') }]),
    ...(limit === null || rows.length >= limit ? [{ rel: 'next', href: href(`marker=${String(lastRow[resource.idColumn])}`) }] : []),
  ];
}
