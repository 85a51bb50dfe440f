import { join } from 'node:path';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import { testingAuthenticator } from '../auth/header-authenticators.ts';
import { defineRoutes, type Route } from '../machinery/define-routes.ts';
import { notFound, toFault } from '../machinery/faults.ts';
import { auditAction, auditTargetType, readAuditMap } from './audit-map.ts';
import { auditRequests } from './audit.ts';
import { serverOptions } from './server-options.ts';

const MAP_FILE = join(import.meta.dirname, '../../../etc/audit/octavia_api_audit_map.conf');

describe('audit map', () => {
  const map = readAuditMap(MAP_FILE);
  it.each([
    ['GET', '/v2.0/lbaas/loadbalancers', 'read/list', 'service/load-balancer/loadbalancers'],
    ['POST', '/v2/lbaas/loadbalancers', 'create', 'service/load-balancer/loadbalancers'],
    ['GET', '/v2/lbaas/loadbalancers/x.json', 'read', 'service/load-balancer/loadbalancers/loadbalancer'],
    ['PUT', '/v2/lbaas/loadbalancers/x/failover', 'update/failover', 'service/load-balancer/loadbalancers/loadbalancer/failover'],
    ['DELETE', '/v2/lbaas/pools/p/members/m', 'delete', 'service/load-balancer/pools/pool/members/member'],
    ['HEAD', '/', 'read', 'service/load-balancer'],
  ])('%s %s is %s of %s', (method, path, action, target) => {
    expect([auditAction(map, method, path), auditTargetType(map, path)]).toEqual([action, target]);
  });
});

describe('auditing', () => {
  async function audited(audit: { enabled: boolean; ignore_req_list?: string; audit_map_file?: string }, call: { method: 'GET' | 'DELETE'; url: string; headers?: Record<string, string> }) {
    const config = loadConfig({ env: {}, overrides: { audit: { audit_map_file: MAP_FILE, ...audit } } });
    const app = Fastify(serverOptions(config));
    app.setErrorHandler((error, _request, reply) => reply.code(toFault(error).status).send(''));
    const events: [string, Record<string, unknown>][] = [];
    const authenticator = auditRequests(app, config, { authenticator: testingAuthenticator, sink: (type, event) => events.push([type, event]), clock: { now: () => 0 } });
    const fail: Route = { method: 'DELETE', path: '/v2/pools/:id', handler: async () => { throw notFound('Pool', 'x'); } };
    const list: Route = { method: 'GET', path: '/v2/pools', handler: async (_request, reply) => reply.send('') };
    defineRoutes(app, [fail, list], { authenticator, baseUri: null });
    await app.inject({ ...call, headers: { 'x-user-id': 'u', 'x-project-id': 'p', 'x-auth-token': 'secret', ...call.headers } });
    await app.close();
    return events;
  }

  it('tells of each request before and after it, without the token', async () => {
    const events = await audited({ enabled: true }, { method: 'GET', url: '/v2.0/lbaas/pools?limit=1' });
    expect(events).toMatchObject([
      ['audit.http.request', { action: 'read/list', outcome: 'pending', eventTime: '1970-01-01T00:00:00.000000+0000', requestPath: '/v2.0/lbaas/pools?limit=1', initiator: { id: 'u', project_id: 'p' }, target: { typeURI: 'service/load-balancer/pools' } }],
      ['audit.http.response', { outcome: 'success', reason: { reasonType: 'HTTP', reasonCode: '200' } }],
    ]);
    expect(events[1]?.[1]['id']).toBe(events[0]?.[1]['id']);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('names failures, and says nothing of strangers, ignored methods or when switched off', async () => {
    const failed = await audited({ enabled: true }, { method: 'DELETE', url: '/v2/lbaas/pools/x' });
    expect(failed[1]).toMatchObject(['audit.http.response', { action: 'delete', outcome: 'failure', reason: { reasonCode: '404' } }]);
    const call = { method: 'GET', url: '/v2/lbaas/pools' } as const;
    expect(await audited({ enabled: true }, { ...call, headers: { 'x-identity-status': 'Invalid' } })).toEqual([]);
    expect(await audited({ enabled: true, ignore_req_list: 'POST, get' }, call)).toEqual([]);
    expect(await audited({ enabled: false, audit_map_file: '/nowhere' }, call)).toEqual([]);
  });

  it('needs its map file', async () => {
    await expect(audited({ enabled: true, audit_map_file: '/nowhere/map.conf' }, { method: 'GET', url: '/' })).rejects.toThrow('[audit] audit_map_file = "/nowhere/map.conf"');
  });
});
