import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isMissingFile } from '../../lib/missing-file.ts';
import { ApiFault } from '../machinery/faults.ts';
import { missingBuildPage } from './missing-build-page.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.png': 'image/png',
};

/** Everything from this origin only, nothing inline, no frames: what is injected into a page can neither run nor phone home. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

const ENCODINGS = [['br', '.br'], ['gzip', '.gz']] as const;

/**
 * Serves the built dashboard from `directory`: hashed assets for ever, the page itself (for every deep link) after a check.
 * While nothing is built yet it tells how to; a build that appears later is found.
 */
export function serveDashboardFiles(app: FastifyInstance, directory: string): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    void reply.headers(PAGE_HEADERS);
    const asset = /^\/dashboard\/(assets\/[\w.-]+|favicon\.svg)$/.exec(pathOf(request.url))?.[1];
    return asset === undefined ? sendPage(request, reply, directory) : sendAsset(request, reply, join(directory, asset));
  };
  app.get('/dashboard', answer);
  app.get('/dashboard/*', answer);
}

async function sendAsset(request: FastifyRequest, reply: FastifyReply, file: string): Promise<FastifyReply> {
  const found = await readSmallest(file, request.headers['accept-encoding']);
  if (found === null) throw new ApiFault(404, 'The dashboard has no such file.');
  const isHashed = file.includes('/assets/');
  return sendFile(reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'public, max-age=3600'), found, file);
}

async function sendPage(request: FastifyRequest, reply: FastifyReply, directory: string): Promise<FastifyReply> {
  const file = join(directory, 'index.html');
  const found = await readSmallest(file, request.headers['accept-encoding']);
  if (found === null) return reply.code(503).headers({ 'content-type': TYPES['.html'], 'cache-control': 'no-store', refresh: '5' }).send(missingBuildPage());
  const etag = `"${createHash('sha256').update(found.bytes).digest('base64url').slice(0, 22)}"`;
  void reply.headers({ 'cache-control': 'no-cache', etag });
  return request.headers['if-none-match'] === etag ? reply.code(304).send() : sendFile(reply, found, file);
}

interface Found {
  readonly bytes: Buffer;
  readonly encoding: string | null;
}

function sendFile(reply: FastifyReply, { bytes, encoding }: Found, file: string): FastifyReply {
  if (encoding !== null) void reply.header('content-encoding', encoding);
  return reply.headers({ vary: 'accept-encoding', 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).send(bytes);
}

/** The build leaves compressed twins beside every file that gains by it. */
async function readSmallest(file: string, accepted: string | string[] | undefined): Promise<Found | null> {
  for (const [encoding, suffix] of ENCODINGS) {
    if (!String(accepted ?? '').includes(encoding)) continue;
    const bytes = await readIfThere(file + suffix);
    if (bytes !== null) return { bytes, encoding };
  }
  const bytes = await readIfThere(file);
  return bytes === null ? null : { bytes, encoding: null };
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isMissingFile(error) || (error instanceof Error && 'code' in error && error.code === 'ENOTDIR')) return null;
    throw error;
  }
}

const pathOf = (url: string) => url.split('?', 1)[0] ?? '/';
