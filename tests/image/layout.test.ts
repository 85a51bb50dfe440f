import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { IMAGE } from './image-files.ts';

const BOOT_OFFSET = 1024 * 1024;
const ROOT_OFFSET = 65 * 1024 * 1024;

const inRoot = async (request: string): Promise<string> => (await run('debugfs', ['-R', request, `${IMAGE}?offset=${ROOT_OFFSET}`], { timeoutMs: 60_000 })).stdout;
const file = (path: string): Promise<string> => inRoot(`cat ${path}`);
const names = async (directory: string): Promise<readonly string[]> => (await inRoot(`ls -p ${directory}`)).split('\n').map((line) => line.split('/')[5] ?? '');

describe.skipIf(process.env['OCTAVIA_LONG_TESTS'] !== '1' || !existsSync(IMAGE))('the disk of an amphora image', () => {
  test('it has a boot partition for BIOS and UEFI, and a root that systemd knows by its type', async () => {
    const { partitiontable } = JSON.parse((await run('sfdisk', ['--json', IMAGE])).stdout) as { partitiontable: { label: string; partitions: object[] } };
    expect(partitiontable).toMatchObject({
      label: 'gpt',
      partitions: [
        { start: BOOT_OFFSET / 512, type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', attrs: 'LegacyBIOSBootable' },
        { start: ROOT_OFFSET / 512, type: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709' },
      ],
    });
    const boot = (await run('mdir', ['-b', '-/', '-i', `${IMAGE}@@${BOOT_OFFSET}`, '::/'])).stdout;
    for (const name of ['/vmlinuz', '/initrd.img', '/syslinux.cfg', '/EFI/BOOT/BOOTX64.EFI', '/loader/entries/octavia.conf']) expect(boot).toContain(`::${name}\n`);
  });

  test('nobody can log in: no password, no console, no SSH server', async () => {
    const shadow = await file('/etc/shadow');
    expect(shadow.split('\n').filter((line) => line !== '' && !/^[^:]+:[!*]/.test(line))).toEqual([]);
    expect(await names('/usr/sbin')).not.toContain('sshd');
    for (const unit of ['serial-getty@ttyS0.service', 'getty@tty1.service', 'haproxy.service', 'keepalived.service']) {
      expect(await inRoot(`stat /etc/systemd/system/${unit}`)).toContain('/dev/null');
    }
  });

  test('machines made from it share no secret and no identity', async () => {
    expect((await file('/etc/machine-id')).trim()).toBe('');
    expect((await names('/etc/octavia/certs')).filter((name) => name.endsWith('pem'))).toEqual([]);
    expect(await names('/etc')).not.toContain('ssh');
  });

  test('the agent starts at boot, after what the config drive says', async () => {
    expect(await names('/etc/systemd/system/multi-user.target.wants')).toEqual(expect.arrayContaining(['amphora-agent.service', 'amphora-netns.service']));
    expect(await names('/etc/systemd/system/basic.target.wants')).toContain('amphora-boot.service');
    expect(await file('/etc/fstab')).toMatch(/^tmpfs \/var\/lib\/octavia\/certs tmpfs mode=0700/m);
    expect(await names('/usr/lib/octavia-amphora-agent')).toEqual(expect.arrayContaining(['agent.mjs', 'node', 'supervise.sh', 'install.sh']));
  });
});
