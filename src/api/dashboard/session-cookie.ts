import type { FastifyReply, FastifyRequest } from 'fastify';

/** What the browser keeps for us: no script can read it, no other site can make the browser send it. */
export interface SessionCookie {
  readonly token: string;
  /** Region whose services are used. */
  readonly region: string | null;
}

const NAME = 'octavia_dashboard';
const PATH = '/dashboard/api';
/** Browsers refuse longer cookies, so such tokens (PKI) cannot be kept. */
const MAX_LENGTH = 4000;

/** The session of a request; null without one, or with one that is not ours. */
export function readSessionCookie(request: Pick<FastifyRequest, 'headers'>): SessionCookie | null {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const value = pairs.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
  const [token = '', region = ''] = (value ?? '').split('.').map((part) => Buffer.from(part, 'base64url').toString());
  // A header may not carry control characters, whoever wrote the cookie.
  return /^[\x21-\x7e]+$/.test(token) ? { token, region: region === '' ? null : region } : null;
}

/** False when the token is too long for a cookie; nothing is set then. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, { token, region }: SessionCookie): boolean {
  const value = [token, region ?? ''].map((part) => Buffer.from(part).toString('base64url')).join('.');
  if (value.length > MAX_LENGTH) return false;
  void reply.header('set-cookie', `${NAME}=${value}; ${attributes(request)}`);
  return true;
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('set-cookie', `${NAME}=; Max-Age=0; ${attributes(request)}`);
}

function attributes(request: FastifyRequest): string {
  return `Path=${PATH}; HttpOnly; SameSite=Strict${request.protocol === 'https' ? '; Secure' : ''}`;
}
