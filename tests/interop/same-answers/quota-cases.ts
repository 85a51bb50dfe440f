import { exchange, single, type Case } from './exchange.ts';

const NAMES = ['loadbalancer', 'load_balancer', 'listener', 'pool', 'member', 'healthmonitor', 'health_monitor', 'l7policy', 'l7rule'] as const;
const QUOTAS = '/lbaas/quotas/$project';
const put = (fields: unknown) => single('PUT', QUOTAS, { quota: fields });

const limits: readonly Case[] = [
  ...NAMES.map((name) => put({ [name]: 7 })), ...NAMES.map((name) => put({ [name]: null })),
  ...[-1, -2, 0, 2_000_000_000, 2_000_000_001, '5', 'x', 1.5, true, []].map((listener) => put({ listener })),
  put({}), put({ colour: 1 }), put({ project_id: 'x' }), put({ tenant_id: 'x' }), put({ loadbalancer: 1, load_balancer: 2 }), put(null), put('x'), put([]),
  single('PUT', QUOTAS, {}), single('PUT', QUOTAS, { quotas: {} }), single('PUT', '/lbaas/quotas/unheard-of', { quota: { pool: 3 } }), single('PUT', '/lbaas/quotas', { quota: { pool: 3 } }), single('POST', '/lbaas/quotas', { quota: { pool: 3 } }),
  single('GET', QUOTAS), single('GET', '/lbaas/quotas/unheard-of'), single('GET', `${QUOTAS}/default`), single('GET', '/lbaas/quotas/unheard-of/default'), single('GET', '/lbaas/quotas/defaults'), single('GET', `${QUOTAS}/other`), single('PUT', `${QUOTAS}/default`, { quota: { pool: 1 } }),
  single('DELETE', QUOTAS), single('DELETE', '/lbaas/quotas/unheard-of'), single('DELETE', '/lbaas/quotas'), single('GET', '/lbaas/quotas'), single('GET', '/lbaas/quotas?project_id=$project'), single('GET', '/lbaas/quotas?project_id=unheard-of'),
  { name: 'set, show, list, reset, show', exchanges: [exchange('PUT', QUOTAS, { quota: { pool: 3, l7rule: -1 } }), exchange('GET', QUOTAS), exchange('GET', '/lbaas/quotas'), exchange('DELETE', QUOTAS), exchange('GET', QUOTAS), exchange('GET', '/lbaas/quotas'), exchange('DELETE', QUOTAS)] },
];

const met = (name: string, path: string, body: object): Case =>
  ({ name: `quota ${name} met`, exchanges: [exchange('PUT', QUOTAS, { quota: { [name]: 0 } }), exchange('POST', path, body), exchange('GET', QUOTAS)] });

const monitor = { type: 'TCP', delay: 1, timeout: 1, max_retries: 1 };
const enforcement: readonly Case[] = [
  met('loadbalancer', '/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: '$subnet', project_id: '$project' } }),
  met('listener', '/lbaas/listeners', { listener: { loadbalancer_id: '$plain', protocol: 'TCP', protocol_port: 5 } }),
  met('pool', '/lbaas/pools', { pool: { loadbalancer_id: '$plain', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' } }),
  met('member', '/lbaas/pools/$pool-http/members', { member: { address: '192.0.2.99', protocol_port: 80 } }),
  met('healthmonitor', '/lbaas/healthmonitors', { healthmonitor: { pool_id: '$pool-tcp', ...monitor } }),
  met('l7policy', '/lbaas/l7policies', { l7policy: { listener_id: '$listener-http', action: 'REJECT' } }),
  met('l7rule', '/lbaas/l7policies/$policy-reject/rules', { rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: 'v' } }),
  { name: 'quota member met by a batch', exchanges: [exchange('PUT', QUOTAS, { quota: { member: 3 } }), exchange('PUT', '/lbaas/pools/$pool-http/members?additive_only=true', { members: [{ address: '192.0.2.99', protocol_port: 80 }] })] },
  ...(['pool', 'listener', 'member', 'healthmonitor', 'l7policy', 'l7rule'] as const).map((name): Case => ({
    name: `quota ${name} met inside a whole load balancer`,
    exchanges: [exchange('PUT', QUOTAS, { quota: { [name]: 0 } }), exchange('POST', '/lbaas/loadbalancers', { loadbalancer: {
      vip_subnet_id: '$subnet', project_id: '$project', listeners: [{
        protocol: 'HTTP', protocol_port: 80, l7policies: [{ action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: 'v' }] }],
        default_pool: { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '192.0.2.9', protocol_port: 80 }], healthmonitor: { name: 'm', ...monitor } },
      }],
    } })],
  })),
];

export const quotaCases: readonly Case[] = [...limits, ...enforcement];
