import { expect, test } from 'vitest';
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

test('a group line of an older controller is taken out', () => {
  expect(withoutGroup('global\n    user nobody\n    group nogroup\n    maxconn 1\n')).toBe('global\n    user nobody\n    maxconn 1\n');
});

test('the connection limit of the process is replaced, those of listeners stay', () => {
  const changed = withConnectionLimit(CONFIG.replace('frontend l2\n', 'frontend l2\n    maxconn 100\n'), 77);
  expect(changed.match(/maxconn \d+/g)).toEqual(['maxconn 77', 'maxconn 100']);
  const unlimited = 'global\n    daemon\n\nfrontend l\n    maxconn 5\n';
  expect(withConnectionLimit(unlimited, 77)).toBe(unlimited);
});
