import type { FastifyReply } from 'fastify';
import { TextBuffer } from '../../lib/text-buffer.ts';
import type { Resource } from '../../model/resources/resource.ts';
import type { Row } from '../../model/resources/serialise.ts';
import type { ListRequest } from './list-query.ts';

/** Sends a value as JSON. */
export function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return sendText(reply, status, JSON.stringify(body));
}

/** Sends a ready JSON text, as a string or its UTF-8. */
export function sendText(reply: FastifyReply, status: number, json: string | Buffer): FastifyReply {
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

/** A list body, to be filled with JSON texts of objects and commas between them. */
export function openPage(resource: Resource): TextBuffer {
  const body = new TextBuffer();
  body.append(`{"${resource.collection}":[`);
  return body;
}

/** Ends a list body with its page links (octavia: api/common/pagination.py _make_links). */
export function closePage(body: TextBuffer, page: Page): Buffer {
  const { resource, request } = page;
  body.append(request.isPaged ? `],"${resource.linksKey}":${JSON.stringify(pageLinks(page))}}` : ']}');
  return body.bytes();
}

function pageLinks({ resource, request, first, last, count, url }: Page): { rel: string; href: string }[] {
  if (!first || !last) return [];
  const href = (...parts: readonly string[]) => `${url}?${[...request.linkParts, ...parts].join('&')}`;
  // Names of availability zones are free text.
  const markerOf = (row: Row) => `marker=${encodeURIComponent(String(row[resource.idColumn]))}`;
  const { limit, marker } = request.rows;
  return [
    ...(marker === null ? [] : [{ rel: 'previous', href: href(markerOf(first), 'page_reverse=True') }]),
    ...(limit === null || count >= limit ? [{ rel: 'next', href: href(markerOf(last)) }] : []),
  ];
}
