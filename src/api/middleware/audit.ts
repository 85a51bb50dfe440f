import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { RequestContext } from '../auth/request-context.ts';
import { auditAction, auditTargetType, readAuditMap, type AuditMap } from './audit-map.ts';

/** Takes audit events: `audit.http.request` before and `audit.http.response` after a request. Must not throw. */
export type AuditSink = (eventType: 'audit.http.request' | 'audit.http.response', event: Readonly<Record<string, unknown>>) => void;

/** One line of the log for each event. */
export function auditToLog(log: Pick<Logger, 'info'>): AuditSink {
  return (type, event) => log.info({ audit: event }, type);
}

export interface AuditServices {
  readonly authenticator: Authenticator;
  readonly sink: AuditSink;
  readonly clock: Clock;
}

/**
 * Makes a CADF event of every authenticated request when `[audit] enabled` (keystonemiddleware audit). Returns the
 * authenticator that routes must use, for only it learns who asks. Throws ConfigError when the map file cannot be read.
 */
export function auditRequests(app: FastifyInstance, config: Pick<Config, 'audit'>, { authenticator, sink, clock }: AuditServices): Authenticator {
  if (!config.audit.enabled) return authenticator;
  const map = readAuditMap(config.audit.audit_map_file ?? '');
  const ignored = new Set((config.audit.ignore_req_list ?? '').split(',').map((method) => method.trim().toUpperCase()));
  const running = new Map<string, { readonly request: FastifyRequest; event: Readonly<Record<string, unknown>> | null }>();
  app.addHook('onRequest', async (request) => {
    if (!ignored.has(request.method)) running.set(request.id, { request, event: null });
  });
  app.addHook('onResponse', async (request, reply) => {
    const open = running.get(request.id);
    running.delete(request.id);
    if (open?.event) sink('audit.http.response', finishedEvent(open.event, reply.statusCode, clock));
  });
  app.addHook('onRequestAbort', async (request) => void running.delete(request.id));
  return {
    async authenticate(headers, requestId, request) {
      const context = await authenticator.authenticate(headers, requestId, request);
      const open = running.get(requestId);
      if (open && open.event === null) {
        open.event = pendingEvent(map, open.request, context, clock);
        sink('audit.http.request', open.event);
      }
      return context;
    },
  };
}

/** The token itself is never part of an event. */
function pendingEvent(map: AuditMap, request: FastifyRequest, context: RequestContext, clock: Clock): Readonly<Record<string, unknown>> {
  const path = request.originalUrl.split('?', 1)[0] ?? '/';
  return {
    typeURI: 'http://schemas.dmtf.org/cloud/audit/1.0/event',
    eventType: 'activity',
    id: randomUUID(),
    eventTime: cadfTime(clock),
    action: auditAction(map, request.method, path),
    outcome: 'pending',
    initiator: {
      typeURI: 'service/security/account/user',
      id: context.userId ?? 'unknown',
      name: 'unknown',
      host: { address: request.ip, ...(request.headers['user-agent'] !== undefined && { agent: request.headers['user-agent'] }) },
      credential: { token: '***', identity_status: context.token === null ? 'unknown' : 'Confirmed' },
      project_id: context.projectId ?? 'unknown',
      request_id: context.requestId,
      ...(context.globalRequestId !== null && { global_request_id: context.globalRequestId }),
    },
    target: { typeURI: auditTargetType(map, path), id: 'octavia', name: 'octavia' },
    observer: { id: 'target' },
    requestPath: request.originalUrl,
    tags: [`correlation_id?value=${randomUUID()}`],
  };
}

function finishedEvent(event: Readonly<Record<string, unknown>>, status: number, clock: Clock): Readonly<Record<string, unknown>> {
  return {
    ...event,
    outcome: status >= 200 && status < 400 ? 'success' : 'failure',
    reason: { reasonType: 'HTTP', reasonCode: String(status) },
    reporterchain: [{ role: 'modifier', reporter: { id: 'target' }, reporterTime: cadfTime(clock) }],
  };
}

/** `2026-01-02T03:04:05.678000+0000` */
function cadfTime(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace('Z', '000+0000');
}
