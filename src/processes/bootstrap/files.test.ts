import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeBuiltImage } from '../image/image-description.ts';
import { loginFromClouds, loginFromEnvironment } from './cloud-login.ts';
import { inspectImageFile } from './image-file.ts';
import { createSshKey } from './ssh-key.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-bootstrap-')); });
afterEach(() => rmSync(directory, { recursive: true }));

describe('what bootstrap reads', () => {
  it('variables of the openstack client', () => {
    const login = loginFromEnvironment({ OS_AUTH_URL: 'http://k/v3', OS_USERNAME: 'admin', OS_PASSWORD: 'x', OS_PROJECT_NAME: 'admin', OS_CACERT: '/ca', OS_REGION_NAME: 'R', OS_ENDPOINT_TYPE: 'internalURL', OS_INSECURE: 'true' });
    expect(login).toMatchObject({ authUrl: 'http://k/v3', region: 'R', interface: 'internal', options: { auth_type: 'password', username: 'admin', cafile: '/ca', insecure: true, user_id: null } });
    expect(() => loginFromEnvironment({})).toThrow(/--os-cloud/);
  });

  it('a cloud of clouds.yaml, with its password in secure.yaml', () => {
    const clouds = 'clouds:\n  one:\n    auth: {auth_url: "http://k", username: admin, project_name: admin}\n    region_name: R\n    verify: false\n';
    const login = loginFromClouds('one', { clouds, secure: 'clouds: {one: {auth: {password: s}}}' });
    expect(login).toMatchObject({ region: 'R', interface: null, options: { username: 'admin', password: 's', insecure: true } });
    expect(() => loginFromClouds('two', { clouds, secure: null })).toThrow(/no cloud two/);
  });

  it.each([['QFI\xfb\0\0\0\x03', 'qcow2'], ['abc', 'raw'], ['', 'raw']])('a disk image that begins with %j is %s', async (start, format) => {
    const path = join(directory, 'image');
    writeFileSync(path, start, 'latin1');
    expect(await inspectImageFile(path)).toEqual({ path, format, sizeBytes: start.length, sha512: createHash('sha512').update(start, 'latin1').digest('hex'), properties: {}, ignored: null });
  });

  it('what `octavia image build` wrote beside the image', async () => {
    const path = join(directory, 'image');
    writeFileSync(path, 'disk');
    await describeBuiltImage(path);
    const written = readFileSync(`${path}.json`, 'utf8');
    expect(await inspectImageFile(path)).toMatchObject({ properties: { octavia_interfaces_at_boot: 'true', hw_cdrom_bus: 'scsi', hw_scsi_model: 'virtio-scsi' }, ignored: null });
    await describeBuiltImage(path);
    expect(readFileSync(`${path}.json`, 'utf8')).toBe(written);
    writeFileSync(path, 'another disk');
    expect(await inspectImageFile(path)).toMatchObject({ properties: {}, ignored: expect.stringMatching(/image\.json is ignored: it describes another file/) });
  });

  it.each([
    ['no JSON', '{', /no JSON/],
    ['no object', '[]', /no description/],
    ['no digest', '{"properties": {}}', /no description/],
    ['no properties', '{"sha512": "0"}', /no description/],
    ['properties that are no text', '{"sha512": "0", "properties": {"a": true}}', /no description/],
  ])('a description with %s is passed over, and the reason is known', async (_, text, reason) => {
    const path = join(directory, 'image');
    writeFileSync(path, 'disk');
    writeFileSync(`${path}.json`, text);
    expect(await inspectImageFile(path)).toMatchObject({ properties: {}, ignored: expect.stringMatching(reason) });
  });
});

describe('a new key for ssh', () => {
  it('has the form of authorized_keys', () => {
    const { publicKey, privatePem } = createSshKey('name');
    expect(publicKey).toMatch(/^ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB[A-Za-z0-9+/]+=* name$/);
    expect(privatePem).toMatch(/^-----BEGIN EC PRIVATE KEY-----/);
  });

  it.skipIf(!existsSync('/usr/bin/ssh-keygen'))('ssh derives the same public key from the private one', () => {
    const { publicKey, privatePem } = createSshKey('name');
    writeFileSync(join(directory, 'key'), privatePem, { mode: 0o600 });
    expect(execFileSync('ssh-keygen', ['-y', '-f', join(directory, 'key')]).toString().trim().split(' ')[1]).toBe(publicKey.split(' ')[1]);
  });
});
