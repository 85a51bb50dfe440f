import { existsSync, readFileSync, rmdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findControllers, type Controller } from '../../src/drivers/compute/namespace/find-controllers.ts';
import { killHard } from '../../src/lib/kill.ts';
import { amphoraNamespaces, pidsIn } from '../../src/processes/embedded/amphora-namespaces.ts';
import { get } from '../../src/processes/embedded/traffic.ts';
import { until } from '../harness/until.ts';
import { NetworkWorld, type Balancer } from './network-world.ts';

const { cpu, memory } = findControllers(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'));
// Version 2 gives its controllers to whoever may write; version 1 always does to root.
const canLimit = [cpu, memory].every((controller) => controller?.version === 1);

/** Groups of amphorae below both controllers. */
const groups = (): string[] => [cpu, memory].flatMap((controller: Controller | null) => (controller === null ? []
  : readdirSync(controller.directory).filter((name) => name.startsWith('octavia-')).map((name) => join(controller.directory, name))));

describe.skipIf(!canLimit)('an amphora with a compute flavor', () => {
  let world: NetworkWorld;
  let lb: Balancer;
  let namespace = '';
  const group = (controller: Controller | null): string => join(controller?.directory ?? '', namespace);
  const read = (controller: Controller | null, file: string): string => readFileSync(join(group(controller), file), 'utf8');

  beforeAll(async () => {
    world = await NetworkWorld.start();
    const subnet = await world.subnet('net', '10.0.10.0/24');
    await Promise.all([world.serve('m1', 'net', '10.0.10.11', 'http:80'), world.client('c1', 'net', '10.0.10.21')]);
    const flavor = async (name: string, data: object): Promise<string> => {
      const profile = await world.cloud.create('/v2/lbaas/flavorprofiles', 'flavorprofile', { name, provider_name: 'amphora', flavor_data: JSON.stringify(data) });
      return (await world.cloud.create('/v2/lbaas/flavors', 'flavor', { name, flavor_profile_id: profile.id })).id;
    };
    lb = await world.balancer({
      name: 'lb', vip_subnet_id: subnet.id, flavor_id: await flavor('small', { compute_flavor: '0.2x128' }),
      listeners: [{ name: 'http', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ name: 'm1', address: '10.0.10.11', protocol_port: 80 }] } }],
    });
    [namespace = ''] = await amphoraNamespaces();
    await until('it answers', () => get(`http://${lb.vip}/`, 1_000).then(() => true, () => false));
  });

  afterAll(async () => {
    const left = groups();
    await world?.stop();
    // Control groups outlive the private world.
    for (const pid of left.flatMap((directory) => readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))) killHard(Number(pid));
    for (const directory of left) await until('the group is gone', async () => removed(directory));
  });

  it('gives haproxy, and whatever it starts anew, no more processor time and memory than that', async () => {
    const limited = async (): Promise<void> => {
      const pids = (await pidsIn(namespace, 'haproxy')).map(String);
      expect(pids.length).toBeGreaterThan(1);
      for (const controller of [cpu, memory]) expect(read(controller, 'cgroup.procs').split('\n')).toEqual(expect.arrayContaining(pids));
    };
    expect(read(cpu, 'cpu.cfs_quota_us')).toBe('20000\n');
    expect(read(memory, 'memory.limit_in_bytes')).toBe(`${128 * 2 ** 20}\n`);
    await limited();
    const before = await pidsIn(namespace, 'haproxy');
    for (const pid of before) killHard(pid);
    await until('haproxy is back', async () => (await pidsIn(namespace, 'haproxy')).length > 1 && (await get(`http://${lb.vip}/`, 1_000).then(() => true, () => false)));
    await limited();
  });

  it('is held back when clients ask for more, without a failed request', async () => {
    const throttled = (): number => Number(/^nr_throttled (\d+)$/m.exec(read(cpu, 'cpu.stat'))?.[1]);
    const before = throttled();
    const { stdout } = await world.inside('c1', 'wrk', '-t1', '-c10', '-d3s', '--timeout', '20s', `http://${lb.vip}/`);
    expect(stdout).not.toMatch(/Non-2xx|Socket errors/);
    expect(throttled() - before).toBeGreaterThan(5);
  });

  it('reports its size, and the compute flavor is shown of the amphora', async () => {
    const [amphora] = await world.cloud.list(`/v2/octavia/amphorae?loadbalancer_id=${lb.id}`, 'amphorae');
    expect(amphora).toMatchObject({ compute_flavor: '0.2x128' });
    const config = readFileSync(join(world.dataDir, 'amphorae', String(amphora?.['id']), 'var/lib/octavia', lb.id, 'haproxy.cfg'), 'utf8');
    expect(config).toMatch(/nbthread 1$/m);
  });

  it('is refused with a compute flavor that does not exist', async () => {
    const refusal = world.cloud.create('/v2/lbaas/flavorprofiles', 'flavorprofile', { name: 'x', provider_name: 'amphora', flavor_data: JSON.stringify({ compute_flavor: 'm1.small' }) });
    await expect(refusal).rejects.toThrow(/m1\.small/);
  });

  it('leaves no group behind when it is deleted', async () => {
    expect(groups()).toEqual(expect.arrayContaining([group(cpu), group(memory)]));
    await world.delete(lb);
    await until('the groups are gone', async () => !existsSync(group(cpu)) && !existsSync(group(memory)));
  });
});

function removed(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
