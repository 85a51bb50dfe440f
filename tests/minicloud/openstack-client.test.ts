import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readOpenrc } from '../../src/processes/embedded/start-service.ts';
import { startCloud, type RunningCloud } from './running-cloud.ts';

let dataDir: string;
let cloud: RunningCloud;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'minicloud-client-'));
  cloud = await startCloud(dataDir);
});
afterAll(async () => {
  await cloud.stop('SIGTERM');
  rmSync(dataDir, { recursive: true });
});

/** Many commands in one start of the client, which costs two seconds each. */
function openstack(openrc: string, commands: readonly string[]): string {
  const { stdout, stderr } = spawnSync('openstack', [], { input: `${commands.join('\n')}\n`, encoding: 'utf8', env: { ...process.env, ...readOpenrc(join(dataDir, openrc)) }, timeout: 280_000 });
  return stdout + stderr;
}

function problems(output: string): readonly string[] {
  return output.split('\n').filter((line) => /exception|error|fail|could not|not found|usage:|No .* with/i.test(line));
}

it('the unmodified client does networks, ports, security groups, floating IPs, routers, QoS and identity', () => {
  const output = openstack('openrc', [
    'token issue', 'project list', 'user list', 'role list', 'catalog list', 'extension list --network',
    'network create web', 'subnet create --network web --subnet-range 10.0.10.0/24 websub', 'subnet create --network web --ip-version 6 --subnet-range fd00:10::/64 websub6',
    'network set --name web2 web', 'network set --name web web2', 'network show web', 'subnet list --network web', 'subnet show websub', 'subnet set --dns-nameserver 10.0.10.3 websub',
    'port create --network web --fixed-ip subnet=websub,ip-address=10.0.10.50 p1', 'port list --fixed-ip ip-address=10.0.10.50', 'port show p1',
    'security group create sg1', 'security group rule create --protocol icmp sg1', 'security group rule create --protocol tcp --dst-port 22 sg1', 'security group rule create --protocol tcp --dst-port 80 sg1',
    'security group rule create --protocol tcp --dst-port 9443 --ethertype IPv6 sg1', 'security group rule create --protocol udp --dst-port 5555 --remote-ip 10.0.0.0/8 sg1', 'security group rule list sg1', 'security group show sg1',
    'port set --security-group sg1 --allowed-address ip-address=10.0.10.99 p1', 'port unset --security-group sg1 p1', 'security group delete sg1',
    'network create --external public', 'subnet create --network public --subnet-range 203.0.113.0/24 --no-dhcp pubsub', 'floating ip create public', 'floating ip set --port p1 203.0.113.2', 'floating ip list',
    'floating ip show 203.0.113.2', 'floating ip unset --port 203.0.113.2', 'floating ip delete 203.0.113.2',
    'router create r1', 'router set --external-gateway public r1', 'router add subnet r1 websub', 'router show r1', 'router remove subnet r1 websub', 'router unset --external-gateway r1', 'router delete r1',
    'network qos policy create slow', 'network qos rule create --type bandwidth-limit --max-kbps 3000 --max-burst-kbits 300 --egress slow', 'port set --qos-policy slow p1', 'port unset --qos-policy p1', 'network qos policy delete slow',
    'project create p2', 'user create --project p2 --password pw u2', 'role add --user u2 --project p2 member', 'role assignment list --user u2 --names', 'user delete u2', 'project delete p2',
    'ip availability list', 'port delete p1', 'network delete web', 'network delete public',
  ]);
  expect(problems(output)).toEqual([]);
  expect(output).toContain('| websub6');
  expect(output).toContain('203.0.113.2');
});

it('a project member stores a certificate, groups it and reads it back', () => {
  const [key, certificate] = [join(dataDir, 'k.pem'), join(dataDir, 'c.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', certificate, '-subj', '/CN=a', '-days', '9'], { stdio: 'ignore' });
  const payload = join(dataDir, 'payload.txt');
  writeFileSync(payload, 'hello');
  const stored = openstack('openrc-member', [
    `secret store --name cert --secret-type certificate --file ${certificate}`, `secret store --name key --secret-type private --file ${key}`,
  ]);
  const [certificateRef = '', keyRef = ''] = stored.match(/http\S+/g) ?? [];
  const output = openstack('openrc-member', [
    `secret container create --name c1 --type certificate --secret certificate=${certificateRef} --secret private_key=${keyRef}`, 'secret container list', 'secret list', `secret get ${certificateRef}`,
    `secret get --file ${join(dataDir, 'back.pem')} ${certificateRef}`, `secret delete ${keyRef}`,
  ]);
  expect(problems(stored + output)).toEqual([]);
  expect(readFileSync(join(dataDir, 'back.pem'), 'utf8')).toBe(readFileSync(certificate, 'utf8'));
});
