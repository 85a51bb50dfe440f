import type { FastifyReply } from 'fastify';
import type { Resource } from '../../model/resources/resource.ts';
import type { Row } from '../../model/resources/serialise.ts';
import type { ListRequest } from './list-query.ts';

/** Sends a value as JSON. */
export function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return sendText(reply, status, JSON.stringify(body));
}

/** Sends a ready JSON text. */
export function sendText(reply: FastifyReply, status: number, json: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json').send(json);
}

/** 202 and 204 answers of Octavia have no body. */
export function sendEmpty(reply: FastifyReply, status: 202 | 204): FastifyReply {
  return reply.code(status).send('');
}

export interface Page {
  readonly resource: Resource;
  readonly request: ListRequest;
  readonly first: Row | undefined;
  readonly last: Row | undefined;
  /** How many rows there are from the first to the last. */
  readonly count: number;
  /** URL of the list without its query. */
  readonly url: string;
}

/** A list body with its page links (octavia: api/common/pagination.py _make_links); `items` are JSON texts of one object or several, with commas between. */
export function pageText(page: Page, items: readonly string[]): string {
  const { resource, request } = page;
  const links = request.isPaged ? `,"${resource.linksKey}":${JSON.stringify(pageLinks(page))}` : '';
  return `{"${resource.collection}":[${items.join(',')}]${links}}`;
}

function pageLinks({ resource, request, first, last, count, url }: Page): { rel: string; href: string }[] {
  if (!first || !last) return [];
  const href = (...parts: readonly string[]) => `${url}?${[...request.linkParts, ...parts].join('&')}`;
  const { limit, marker } = request.rows;
  return [
    ...(marker === null ? [] : [{ rel: 'previous', href: href(`marker=${String(first[resource.idColumn])}`, 'page_reverse=True') }]),
    ...(limit === null || count >= limit ? [{ rel: 'next', href: href(`marker=${String(last[resource.idColumn])}`) }] : []),
  ];
}
