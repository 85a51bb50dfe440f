import { absolute, single, type Case } from './exchange.ts';

const POOL = { pool: { loadbalancer_id: '$plain', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } };

const discovery: readonly Case[] = [
  ...['/', '', '/v2', '/v2/', '/v2.0', '/v2.0/', '/v1', '/v3', '/v2/lbaas', '/v2/lbaas/', '/v2/octavia', '/v2/nothing', '/v2/lbaas/nothing', '/v2/octavia/nothing', '/nothing', '/healthcheck', '/v2.0/lbaas', '/V2', '/v2/lbaas/loadbalancers/$lb/nothing', '/v2/lbaas/pools/$pool-http/nothing', '/v2/lbaas/listeners/$listener-http/nothing', '/v2/lbaas/pools/$pool-http/members/$member-10/nothing', '/v2.1', '/favicon.ico'].map((path) => absolute('GET', path)),
  ...['/', '/v2', '/v2/lbaas', '/healthcheck', '/nothing', '/v2/lbaas/nothing'].flatMap((path) => ['POST', 'PUT', 'DELETE', 'PATCH'].map((method) => absolute(method, path))),
  absolute('HEAD', '/'), absolute('OPTIONS', '/'), absolute('OPTIONS', '/v2/lbaas/pools'), absolute('HEAD', '/v2/lbaas/flavors'),
];

const paths: readonly Case[] = ['/v2/lbaas/flavors', '/v2/flavors', '/v2.0/flavors', '/v2.0/lbaas/flavors', '/v2/lbaas/flavors/', '/v2/lbaas/flavors.json', '/v2/lbaas/flavors//', '//v2/lbaas/flavors', '/v2/lbaas/Flavors', '/v2/lbaas/pools/$pool-http/', '/v2/lbaas/pools/$pool-http.json', '/v2/lbaas/pools/$pool-http/members/', '/v2/lbaas/pools/$pool-http/members.json', '/v2/lbaas/loadbalancers/$lb/status/', '/v2/lbaas/loadbalancers/$lb/stats.json', '/v2/octavia/amphorae/', '/v2/octavia/amphorae.json', '/v2/lbaas/quotas/$project/default/', '/v2/lbaas/flavors.xml', '/v2/lbaas/pools/$pool-http.xml', '/v2/lbaas/flavors?', '/v2/lbaas/flavors/%20', '/v2/octavia/amphorae/$amphora-master/stats/', '/load-balancer/v2/lbaas/flavors'].map((path) => absolute('GET', path));

const methods: readonly Case[] = [
  ...['loadbalancers', 'listeners', 'pools', 'healthmonitors', 'l7policies', 'flavors', 'flavorprofiles', 'availabilityzones', 'availabilityzoneprofiles', 'quotas', 'providers'].flatMap((path) => [single('PUT', `/lbaas/${path}`, {}), single('DELETE', `/lbaas/${path}`)]),
  ...['loadbalancers/$lb', 'listeners/$listener-http', 'pools/$pool-http', 'healthmonitors/$monitor-http', 'l7policies/$policy-url', 'flavors/$flavor', 'availabilityzones/zone', 'quotas/$project', 'pools/$pool-http/members/$member-10', 'l7policies/$policy-reject/rules/$rule-path', 'loadbalancers/$lb/status', 'loadbalancers/$lb/stats', 'loadbalancers/$lb/failover', 'listeners/$listener-http/stats', 'pools/$pool-http/members'].flatMap((path) => [single('POST', `/lbaas/${path}`, {}), single('PATCH', `/lbaas/${path}`, {})]),
  single('GET', '/lbaas/loadbalancers/$lb/failover'), single('PUT', '/lbaas/loadbalancers/$lb/stats', {}), single('DELETE', '/lbaas/loadbalancers/$lb/status'), single('DELETE', '/lbaas/pools/$pool-http/members'), single('DELETE', '/lbaas/l7policies/$policy-reject/rules'), single('PUT', '/lbaas/l7policies/$policy-reject/rules', {}),
];

const accepts: readonly Case[] = ['*/*', 'application/*', 'application/json', 'text/html', 'application/xml', 'text/*', 'application/json;q=0', 'text/html, application/json', 'text/html, */*;q=0.1', 'garbage', '', 'application/json; charset=utf-8', 'application/vnd.api+json', 'text/plain'].flatMap((accept) =>
  [single('GET', '/lbaas/providers', undefined, { accept }), absolute('GET', '/', { accept })]);

const texts = ['', '{', 'null', '[]', '5', '"x"', '{}', '{"pool": null}', '{"pool": []}', '{"pool": "x"}', '{"pool": 5}', '{"pools": {}}', '{"pool": {}, "x": 1}', 'true', '{"pool": {}} x', "{'pool': {}}", '{"pool": {"name": NaN}}', '{"pool": {"name": "\\ud800"}}', '\ufeff{}'] as const;
const bodies: readonly Case[] = [
  ...texts.map((text) => single('POST', '/lbaas/pools', text)), ...texts.map((text) => single('PUT', '/lbaas/pools/$pool-http', text)), ...texts.slice(0, 8).map((text) => single('PUT', '/lbaas/pools/$pool-http/members', text.replaceAll('pool', 'members'))),
  ...[['loadbalancers', 'loadbalancer'], ['listeners', 'listener'], ['healthmonitors', 'healthmonitor'], ['l7policies', 'l7policy'], ['flavors', 'flavor'], ['flavorprofiles', 'flavorprofile'], ['availabilityzones', 'availability_zone'], ['availabilityzoneprofiles', 'availability_zone_profile'], ['pools/$pool-http/members', 'member'], ['l7policies/$policy-reject/rules', 'rule']].flatMap(([path, root]) =>
    ['', '{', '{}', `{"${root}": {}}`, `{"${root}": null}`, `{"${root}": {"colour": 1}}`].map((text) => single('POST', `/lbaas/${path}`, text))),
  ...['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8', 'application/merge-patch+json', 'text/html', 'garbage', 'text/xml', 'text/javascript'].map((type) => single('POST', '/lbaas/pools', JSON.stringify(POOL), { 'content-type': type })),
  single('POST', '/lbaas/pools', `{"pool": {"description": "${'x'.repeat(120_000)}"}}`), single('GET', '/lbaas/flavors', undefined, { 'x-openstack-request-id': 'req-1' }), single('DELETE', '/lbaas/pools/$pool-tcp', '{}'), single('POST', '/lbaas/pools?colour=red', POOL), single('POST', '/lbaas/pools?fields=id', POOL), single('PUT', '/lbaas/pools/$pool-http?colour=red', { pool: { name: 'x' } }), single('DELETE', '/lbaas/pools/$pool-tcp?colour=red'),
];

export const wireCases: readonly Case[] = [...discovery, ...paths, ...methods, ...accepts, ...bodies];
