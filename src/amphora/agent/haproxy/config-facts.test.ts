import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HaproxyConfigWriter } from '../../haproxy/config-writer.ts';
import { factsOf, withConnectionLimit, withoutGroup } from './config-facts.ts';

const CONFIG = `# Configuration for loadbalancer x
global
    daemon
    user nobody
    maxconn 1000000
frontend l1
    bind 10.0.0.2:443 ssl crt-list /var/lib/octavia/certs/x/l1.pem
    bind [2001:db8::2]:443 ssl crt-list /var/lib/octavia/certs/x/l1.pem
    mode http
frontend l2
    bind 10.0.0.2:25
    mode tcp
frontend prometheus-exporter-internal-endpoint
    bind 127.0.0.1:9101
    mode http
`;

test('listeners are listed with their kind, the exporter is not one', () => {
  expect(factsOf(CONFIG)).toEqual({
    listeners: [{ id: 'l1', type: 'TERMINATED_HTTPS' }, { id: 'l2', type: 'TCP' }],
    vips: ['10.0.0.2', '2001:db8::2'],
    maxConnections: 1_000_000,
    servesMetrics: false,
  });
  expect(factsOf(`${CONFIG}backend prometheus-exporter-internal\n    server prometheus-internal 127.0.0.1:9102\n`).servesMetrics).toBe(true);
});

test.each(['    group nogroup\n', '\tgroup\tnogroup\n', 'group nogroup\n'])('the line %j of an older controller is taken out', (line) => {
  expect(withoutGroup(`global\n    user nobody\n${line}    maxconn 1\n`)).toBe('global\n    user nobody\n    maxconn 1\n');
});

test.each([
  '    acl r1 req.hdr(team) -m str ops\\ group\n    http-request deny if r1\n', '    acl r1 ssl_c_s_dn(OU) -m reg group\n    http-request deny if r1\n',
  '    acl r1 path -m beg group group\n    http-request deny if r1 group\n', '    acl r1 req.hdr(group) -m str \\tgroup\\ x\n', '    groups x\n', '    # a group of\n',
])('%j keeps every line', (lines) => {
  expect(withoutGroup(`frontend l\n${lines}`)).toBe(`frontend l\n${lines}`);
});

const tenantText = fc.array(fc.constantFrom('group', ' ', '\t', 'x', '"', "'", '\\', '#'), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));

test('whatever a tenant writes, only the group of the process goes', () => {
  fc.assert(fc.property(fc.array(tenantText, { maxLength: 5 }), (values) => {
    const writer = new HaproxyConfigWriter();
    const process = writer.section('global');
    process.add('user', 'nobody');
    process.add('group', 'nogroup');
    const frontend = writer.section('frontend', 'l');
    for (const [index, value] of values.entries()) {
      frontend.add('acl', `r${index}`, 'req.hdr(team)', '-m', 'str', value);
      frontend.add('http-request', 'deny', 'if', `r${index}`);
    }
    const uploaded = writer.toString();
    expect(withoutGroup(uploaded)).toBe(uploaded.replace('    group nogroup\n', ''));
  }));
});

test('the connection limit of the process is replaced, those of listeners stay', () => {
  const changed = withConnectionLimit(CONFIG.replace('frontend l2\n', 'frontend l2\n    maxconn 100\n'), 77);
  expect(changed.match(/maxconn \d+/g)).toEqual(['maxconn 77', 'maxconn 100']);
  const unlimited = 'global\n    daemon\n\nfrontend l\n    maxconn 5\n';
  expect(withConnectionLimit(unlimited, 77)).toBe(unlimited);
});
