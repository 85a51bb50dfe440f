import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
const id: Record<string, string> = {};

beforeAll(async () => {
  api = await startTestApi();
  id['lb'] = (await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, vip_address: '203.0.113.50' } })).json.loadbalancer.id;
  await api.settle();
  for (const [name, protocol, port] of [['http', 'HTTP', 80], ['tcp', 'TCP', 8000], ['udp', 'UDP', 53], ['prometheus', 'PROMETHEUS', 9000]] as const) {
    id[name] = (await api.call('POST', '/v2/lbaas/listeners', { listener: { protocol, protocol_port: port, loadbalancer_id: id['lb'] } })).json.listener.id;
    await api.settle();
  }
  for (const protocol of ['HTTP', 'TCP', 'UDP'] as const) {
    id[`pool${protocol}`] = (await api.call('POST', '/v2/lbaas/pools', { pool: { protocol, lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: id['lb'] } })).json.pool.id;
    await api.settle();
  }
  const member = await api.call('POST', `/v2/lbaas/pools/${id['poolHTTP']}/members`, { member: { address: '192.0.2.1', protocol_port: 80 } });
  id['member'] = member.json.member.id;
  await api.settle();
  const monitor = await api.call('POST', '/v2/lbaas/healthmonitors', { healthmonitor: { pool_id: id['poolTCP'], type: 'TCP', delay: 3, timeout: 2, max_retries: 1 } });
  id['monitor'] = monitor.json.healthmonitor.id;
  await api.settle();
  const policy = await api.call('POST', '/v2/lbaas/l7policies', { l7policy: { listener_id: id['http'], action: 'REDIRECT_TO_POOL', redirect_pool_id: id['poolHTTP'] } });
  id['policy'] = policy.json.l7policy.id;
  await api.settle();
  id['rule'] = (await api.call('POST', `/v2/lbaas/l7policies/${id['policy']}/rules`, { rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: '/' } })).json.rule.id;
  await api.settle();
});
beforeEach(() => api.settle());
afterAll(() => api.close());

/** Ids are filled in for `<name>`. */
const filled = (text: string) => text.replaceAll(/<(\w+)>/g, (_match, name: string) => id[name] ?? name);

const listener = (extra: object) => ({ listener: { protocol: 'HTTP', protocol_port: 1234, loadbalancer_id: '<lb>', ...extra } });
const pool = (extra: object) => ({ pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: '<lb>', ...extra } });
const monitor = (extra: object) => ({ healthmonitor: { pool_id: '<poolHTTP>', type: 'HTTP', delay: 3, timeout: 2, max_retries: 1, ...extra } });
const rule = (extra: object) => ({ rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: '/', ...extra } });
const CERT = 'https://keys.example.org/v1/containers/1';

type Case = readonly [method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body: unknown, status: number, text: string];
const CASES: readonly Case[] = [
  ['POST', 'listeners', listener({ protocol: 'FTP' }), 400, "Invalid input for field/attribute protocol. Value: 'FTP'. Value should be one of: TCP, HTTP, HTTPS, TERMINATED_HTTPS, UDP, SCTP, PROMETHEUS"],
  ['POST', 'listeners', listener({ protocol_port: 0 }), 400, "Invalid input for field/attribute protocol_port. Value: '0'. Value should be greater or equal to 1"],
  ['POST', 'listeners', listener({ protocol_port: 65536 }), 400, "Invalid input for field/attribute protocol_port. Value: '65536'. Value should be lower or equal to 65535"],
  ['POST', 'listeners', { listener: { protocol: 'TCP', loadbalancer_id: '<lb>' } }, 400, "Invalid input for field/attribute protocol_port. Value: 'None'. Mandatory field missing."],
  ['PUT', 'pools/<poolHTTP>/members?aditive_only=true', { members: [] }, 400, 'Unknown argument: "aditive_only"'],
  ['DELETE', 'pools/<poolTCP>?colour=red&size=1', undefined, 400, 'Unknown argument: "colour, size"'],
  ['POST', 'pools?fields=id', pool({}), 400, 'Unknown argument: "fields"'],
  ['PUT', 'pools/<poolHTTP>/members', { members: {} }, 400, "Invalid input for field/attribute members. Value: '{}'. Value not a valid list: {}"],
  ['POST', 'listeners', listener({ alpn_protocols: ['x'] }), 400, "Invalid input for field/attribute alpn_protocols. Value: '['x']'. Value should be a valid ALPN protocol ID"],
  ['POST', 'listeners', listener({ protocol: 'TCP', protocol_port: 90, client_ca_tls_container_ref: 'x' }), 400, 'Validation failure: An SNI or default certificate container reference must be provided with a client CA container reference.'],
  ['POST', 'listeners', listener({ protocol: 'TCP', protocol_port: 80 }), 409, 'Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 80'],
  ['POST', 'listeners', listener({ loadbalancer_id: '00000000-0000-4000-8000-000000000000' }), 404, 'Load Balancer 00000000-0000-4000-8000-000000000000 not found.'],
  ['POST', 'listeners', listener({ default_pool_id: '<poolTCP>' }), 400, "Validation failure: The pool protocol 'TCP' is invalid while the listener protocol is 'HTTP'."],
  ['POST', 'listeners', listener({ default_pool_id: '00000000-0000-4000-8000-000000000000' }), 404, 'Pool 00000000-0000-4000-8000-000000000000 not found.'],
  ['POST', 'listeners', listener({ protocol: 'PROMETHEUS', default_pool_id: '<poolHTTP>' }), 400, 'Protocol PROMETHEUS listeners cannot have child objects.'],
  ['POST', 'listeners', listener({ protocol: 'TCP', insert_headers: { 'X-Forwarded-For': 'true' } }), 400, 'insert-headers is not a valid option for a TCP protocol listener.'],
  ['POST', 'listeners', listener({ insert_headers: { 'X-Foo': 'true' } }), 400, "['X-Foo'] is not a valid option for insert_headers"],
  ['POST', 'listeners', listener({ insert_headers: { 'X-SSL-Client-CN': 'true' } }), 400, "['X-SSL-Client-CN'] is not a valid option for HTTP protocol listener."],
  ['POST', 'listeners', listener({ default_tls_container_ref: CERT }), 400, 'Validation failure: Certificate container references are not allowed on HTTP protocol listeners.'],
  ['POST', 'listeners', listener({ protocol: 'UDP', default_tls_container_ref: CERT }), 400, 'Validation failure: UDP protocol listener does not support TLS.'],
  ['POST', 'listeners', listener({ protocol: 'TERMINATED_HTTPS' }), 400, 'Validation failure: An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners.'],
  ['POST', 'listeners', listener({ protocol: 'TERMINATED_HTTPS', default_tls_container_ref: CERT, client_authentication: 'MANDATORY' }), 400, 'Validation failure: Client authentication setting MANDATORY requires a client CA container reference.'],
  ['POST', 'listeners', listener({ protocol: 'TERMINATED_HTTPS', default_tls_container_ref: CERT, tls_versions: [] }), 400, 'Validation failure: Empty TLS version list. Either specify at least one TLS version or remove this parameter to use the default.'],
  ['POST', 'listeners', listener({ protocol: 'TERMINATED_HTTPS', default_tls_container_ref: CERT, tls_versions: ['TLSv9'] }), 400, 'Validation failure: Invalid TLS versions: TLSv9'],
  ['POST', 'listeners', listener({ protocol: 'TERMINATED_HTTPS', default_tls_container_ref: CERT, tls_ciphers: 'A B' }), 400, 'Validation failure: Invalid characters in cipher string. Only alphanumeric, -, +, !, :, @, =, _, and . are allowed.'],
  ['POST', 'listeners', listener({ protocol: 'TERMINATED_HTTPS', default_tls_container_ref: CERT, alpn_protocols: [] }), 400, 'Validation failure: Empty ALPN protocol list. Either specify at least one ALPN protocol or remove this parameter to use the default.'],
  ['POST', 'listeners', listener({ hsts_max_age: 1 }), 400, 'Validation failure: The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol.'],
  ['POST', 'listeners', listener({ hsts_preload: true }), 400, 'Validation failure: HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well.'],
  ['POST', 'listeners', listener({ allowed_cidrs: ['2001:db8::/32'] }), 400, "Validation failure: CIDR 2001:db8::/32 IP version incompatible with all VIPs ['203.0.113.50'] IP version."],
  ['POST', 'listeners', listener({ allowed_cidrs: ['x'] }), 400, "Invalid input for field/attribute allowed_cidrs. Value: '['x']'. Value should be IPv4 or IPv6 CIDR format"],
  ['PUT', 'listeners/<http>', { listener: { protocol: 'TCP' } }, 400, 'Unknown attribute for argument listener_.listener: protocol'],
  ['PUT', 'listeners/<http>', { listener: { hsts_preload: true } }, 400, 'Validation failure: Cannot enable hsts_include_subdomains or hsts_preload if hsts_max_age was not set as well.'],
  ['PUT', 'listeners/<udp>', { listener: { insert_headers: { 'X-Forwarded-For': 'true' } } }, 400, 'Validation failure: UDP protocol listener does not support TLS or header insertion.'],
  ['POST', 'pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } }, 400, 'Validation failure: Must provide at least one of: loadbalancer_id, listener_id'],
  ['POST', 'pools', { pool: { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', listener_id: '<http>' } }, 400, "Validation failure: The pool protocol 'TCP' is invalid while the listener protocol is 'HTTP'."],
  ['POST', 'pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', listener_id: '<prometheus>' } }, 400, 'Protocol PROMETHEUS listeners cannot have child objects.'],
  ['POST', 'pools', pool({ session_persistence: { cookie_name: 'a' } }), 400, "Invalid input for field/attribute type. Value: 'None'. Mandatory field missing."],
  ['POST', 'pools', pool({ session_persistence: { type: 'APP_COOKIE' } }), 400, 'Validation failure: Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.'],
  ['POST', 'pools', pool({ session_persistence: { type: 'SOURCE_IP', cookie_name: 'a' } }), 400, 'Validation failure: Field "cookie_name" can only be specified with session persistence of type "APP_COOKIE".'],
  ['POST', 'pools', pool({ session_persistence: { type: 'SOURCE_IP', persistence_timeout: 3 } }), 400, 'Validation failure: persistence_timeout and persistence_granularity is only for UDP and SCTP protocol pools.'],
  ['POST', 'pools', pool({ protocol: 'UDP', session_persistence: { type: 'HTTP_COOKIE' } }), 400, 'Validation failure: Session persistence of type HTTP_COOKIE is not supported for UDP/SCTP protocol pools.'],
  ['POST', 'pools', pool({ crl_container_ref: CERT }), 400, 'Validation failure: A CA certificate reference is required to specify a revocation list.'],
  ['POST', 'pools', pool({ lb_algorithm: 'SOURCE_IP_PORT' }), 501, "Provider 'amphora' does not support a requested option: Amphora provider does not support SOURCE_IP_PORT algorithm."],
  ['PUT', 'pools/<poolHTTP>', { pool: { lb_algorithm: null } }, 400, 'None is not a valid option for lb_algorithm'],
  ['PUT', 'pools/<poolHTTP>', { pool: { tls_enabled: null } }, 400, 'None is not a valid option for tls_enabled'],
  ['DELETE', 'pools/<poolHTTP>', undefined, 409, 'Pool <poolHTTP> is in use by L7 policy <policy>'],
  ['POST', 'pools/<poolHTTP>/members', { member: { address: '192.0.2.1', protocol_port: 80 } }, 409, 'Another member on this pool is already using ip 192.0.2.1 on protocol_port 80'],
  ['POST', 'pools/<poolHTTP>/members', { member: { address: '169.254.169.254', protocol_port: 80 } }, 400, '169.254.169.254 is not a valid option for member address'],
  ['POST', 'pools/<poolHTTP>/members', { member: { address: '192.0.2.2', protocol_port: 80, weight: 257 } }, 400, "Invalid input for field/attribute weight. Value: '257'. Value should be lower or equal to 256"],
  ['POST', 'pools/<poolHTTP>/members', { member: { address: '192.0.2.2', protocol_port: 80, request_sriov: true } }, 400, 'The load balancer flavor does not allow SR-IOV member ports.'],
  ['POST', 'pools/<poolHTTP>/members', { member: { address: '192.0.2.2', protocol_port: 80, backup: 'maybe' } }, 400, "Invalid input for field/attribute backup. Value: 'maybe'. Value not an unambiguous boolean: maybe"],
  ['PUT', 'pools/<poolHTTP>/members/<member>', { member: { address: '192.0.2.9' } }, 400, 'Unknown attribute for argument member_.member: address'],
  ['PUT', 'pools/<poolTCP>/members/<member>', { member: { weight: 1 } }, 404, 'Member <member> not found.'],
  ['POST', 'healthmonitors', monitor({ type: 'TCP', url_path: '/' }), 400, 'url_path is not a valid option for health monitors of type TCP'],
  ['POST', 'healthmonitors', monitor({ type: 'UDP-CONNECT' }), 400, 'Validation failure: The UDP-CONNECT type is only supported for pools of type UDP/SCTP.'],
  ['POST', 'healthmonitors', monitor({ pool_id: '<poolUDP>', type: 'HTTPS' }), 400, 'Validation failure: The associated pool protocol is UDP, so only a UDP-CONNECT/SCTP/TCP/HTTP health monitor is supported.'],
  ['POST', 'healthmonitors', monitor({ pool_id: '<poolUDP>', type: 'UDP-CONNECT', delay: 2 }), 400, 'Validation failure: The request delay value 2 should be larger than 3 for UDP-CONNECT health monitor type.'],
  ['POST', 'healthmonitors', monitor({ domain_name: 'a.example' }), 400, "Validation failure: 'http_version' must be specified when 'domain_name' is provided."],
  ['POST', 'healthmonitors', monitor({ domain_name: 'a.example', http_version: 1.0 }), 400, 'http_version 1.0 is not a valid option for health monitors HTTP 1.1 domain name health check'],
  ['POST', 'healthmonitors', monitor({ url_path: 'x' }), 400, "Invalid input for field/attribute url_path. Value: 'x'. Value must be a valid URL Path string"],
  ['POST', 'healthmonitors', monitor({ expected_codes: '200-' }), 400, String.raw`Invalid input for field/attribute expected_codes. Value: '200-'. Value should match the pattern ^(\d{3}(\s*,\s*\d{3})*)$|^(\d{3}-\d{3})$`],
  ['POST', 'healthmonitors', monitor({ pool_id: '<poolTCP>', type: 'TCP' }), 409, 'This pool already has a health monitor'],
  ['PUT', 'healthmonitors/<monitor>', { healthmonitor: { delay: null } }, 400, 'None is not a valid option for delay'],
  ['PUT', 'healthmonitors/<monitor>', { healthmonitor: { http_method: 'GET' } }, 400, 'http_method is not a valid option for health monitors of type TCP'],
  ['POST', 'l7policies', { l7policy: { listener_id: '<http>', action: 'REDIRECT_TO_URL' } }, 400, 'Invalid L7 Policy arguments: redirect_url must not be None'],
  ['POST', 'l7policies', { l7policy: { listener_id: '<http>', action: 'REDIRECT_TO_URL', redirect_url: 'ftp://a' } }, 400, "Invalid input for field/attribute redirect_url. Value: 'ftp://a'. Value must be a valid URL string"],
  ['POST', 'l7policies', { l7policy: { listener_id: '<http>', action: 'REDIRECT_TO_POOL', redirect_pool_id: '<poolTCP>' } }, 400, "Validation failure: The pool protocol 'TCP' is invalid while the listener protocol is 'HTTP'."],
  ['POST', 'l7policies', { l7policy: { listener_id: '<prometheus>', action: 'REJECT' } }, 400, 'Protocol PROMETHEUS listeners cannot have child objects.'],
  ['PUT', 'l7policies/none', { l7policy: { name: 'n' } }, 404, 'L7 Policy none not found.'],
  ['GET', 'l7policies/<policy>/rules/none', undefined, 404, 'L7 Rule none not found.'],
  ['DELETE', 'pools', undefined, 400, 'Missing argument: "id"'],
  ['DELETE', 'flavors', undefined, 400, 'Missing argument: "flavor_id"'],
  ['DELETE', 'availabilityzones', undefined, 400, 'Missing argument: "availability_zone_name"'],
  ['PUT', 'quotas', { quota: {} }, 400, 'Missing argument: "project_id"'],
  ['PUT', 'l7policies/<policy>', { l7policy: { action: null } }, 400, 'Invalid L7 Policy action specified: None'],
  ['PUT', 'l7policies/<policy>', { l7policy: {} }, 400, 'Invalid L7 Policy arguments: Invalid update options'],
  ...(['type', 'compare_type', 'value'] as const).map((name): Case => ['PUT', 'l7policies/<policy>/rules/<rule>', { rule: { [name]: null } }, 400, 'Error parsing L7Rule: Invalid L7 Rule: ']),
  ['PUT', 'l7policies/<policy>/rules/<rule>', { rule: { colour: 1 } }, 400, 'Unknown attribute for argument l7rule_.rule: colour'],
  ['POST', 'l7policies/<policy>/rules', rule({ type: 'HEADER' }), 400, 'Error parsing L7Rule: Invalid L7 Rule: L7 rule type requires a key'],
  ['POST', 'l7policies/<policy>/rules', rule({ type: 'FILE_TYPE', compare_type: 'CONTAINS' }), 400, 'Error parsing L7Rule: Invalid L7 Rule: invalid comparison type for rule type'],
  ['POST', 'l7policies/<policy>/rules', rule({ value: 'a b' }), 400, 'Error parsing L7Rule: Invalid characters in comparison value'],
  ['POST', 'l7policies/<policy>/rules', rule({ value: 'a\nb' }), 400, String.raw`Invalid input for field/attribute value. Value: 'a`],
  ['POST', 'l7policies/<policy>/rules', rule({ type: 'SSL_CONN_HAS_CERT', value: 'no' }), 400, 'Error parsing L7Rule: Invalid L7 Rule: L7rule value no is not a boolean True string.'],
];

test.each(CASES.map((entry, index) => [index, ...entry] as const))('refusal %i: %s %s', async (_index, method, path, body, status, text) => {
  const answer = await api.call(method, filled(`/v2/lbaas/${path}`), body === undefined ? undefined : filled(JSON.stringify(body)));
  expect([answer.status, answer.json.faultstring.slice(0, filled(text).length)]).toEqual([status, filled(text)]);
  expect(answer.json.faultcode).toBe(status >= 500 ? 'Server' : 'Client');
  expect((await api.call('GET', `/v2/lbaas/loadbalancers/${id['lb']}`)).json.loadbalancer.provisioning_status).toBe('ACTIVE');
});

test('routing errors have the router format', async () => {
  const missing = await api.call('GET', '/v2/lbaas/pools/none/members');
  expect([missing.status, missing.json]).toEqual([404, { code: 404, title: 'Bad Request', description: 'Pool none not found.' }]);
  expect((await api.call('GET', '/v2/lbaas/nothing')).json).toMatchObject({ code: 404, title: 'Not Found' });
  expect((await api.call('POST', '/v2/lbaas/nothing')).json).toMatchObject({ code: 405, title: 'Method Not Allowed' });
  expect((await api.call('POST', '/nothing')).json).toMatchObject({ code: 404 });
  expect((await api.call('PATCH', '/v2/lbaas/pools')).json).toMatchObject({ code: 405 });
  expect((await api.call('GET', '/v2/lbaas/pools', undefined, { accept: 'text/html' })).json).toMatchObject({ code: 406 });
  expect((await api.call('DELETE', '/v2/lbaas/pools')).json.faultstring).toBe('Missing argument: "id"');
});

test('a filter by a number that is none fits nothing, and quotas are shown with all their fields', async () => {
  expect((await api.call('GET', filled('/v2/lbaas/listeners?default_pool_id=x&protocol_port=x'))).json.listeners).toEqual([]);
  expect((await api.call('GET', '/v2/lbaas/healthmonitors?http_version=x')).json.healthmonitors).toEqual([]);
  for (const quota of (await api.call('GET', '/v2/lbaas/quotas?fields=project_id')).json.quotas) expect(quota).toHaveProperty('l7rule');
});

test.each([['[', ']'], ['{"a":', '}']])('a value nested as deep as a body can hold with %s is refused like any other', async (open, close) => {
  const depth = Math.floor(110_000 / (open.length + close.length));
  const value = `${open.repeat(depth)}1${close.repeat(depth)}`;
  for (const field of ['name', 'listeners', 'additional_vips', 'tags']) {
    const answer = await api.call('POST', '/v2/lbaas/loadbalancers', `{"loadbalancer":{"${field}":${value}}}`);
    expect([field, answer.status]).toEqual([field, 400]);
  }
});
