import { expect, test } from 'vitest';
import { World } from '../world.ts';
import { renderUnit } from './systemd.ts';

const spec = { name: 'haproxy-x', description: 'HAProxy Load Balancer', command: ['/usr/sbin/haproxy', '-W', '-L', 'a$b%c', '-f', '/with space'], stalePidFiles: ['/a.pid'] };

test('a unit runs the daemon in the amphora\'s namespace and restarts it whatever ended it', () => {
  const unit = renderUnit(spec, new World('/', 'amphora-haproxy'));
  expect(unit).toContain('ExecStart=/usr/bin/env nsenter --net=/run/netns/amphora-haproxy /usr/sbin/haproxy -W -L a$$b%%c -f "/with space"\n');
  expect(unit).toContain('ExecStartPre=-/bin/rm -f /a.pid\n');
  expect(unit).toContain('ExecReload=/bin/kill -USR2 $MAINPID\nRestart=always\n');
  expect(unit).toContain('After=network.target amphora-netns.service\n');
  expect(unit).toContain('Before=octavia-keepalived.service\n');
  expect(renderUnit({ ...spec, name: 'octavia-keepalived' }, new World('/', 'amphora-haproxy'))).not.toContain('Before=');
});
