import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { InvalidConfigDrive, readBootData } from './boot-data.ts';
import type { ConfigDrive } from './boot-data.ts';

const META = {
  uuid: 'b0071e55', hostname: 'amphora-8d4a8f2e.novalocal', public_keys: { octavia: 'ssh-ed25519 AAAA octavia\n' },
  files: [{ path: '/etc/octavia/certs/server.pem', content_path: '/content/0000' }, { path: '/etc/rsyslog.d/10-rsyslog.conf', content_path: '/content/0001' }],
};
const CONTENT = new Map([['/content/0000', Buffer.from('pem')], ['/content/0001', Buffer.from('*.* stop')]]);
const drive = (changes: Partial<ConfigDrive> = {}): ConfigDrive => ({ metaData: JSON.stringify(META), networkData: null, userData: null, content: CONTENT, ...changes });

test('injected files come with their content, and only root reads those of Octavia', () => {
  expect(readBootData(drive())).toMatchObject({
    instanceId: 'b0071e55', hostname: 'amphora-8d4a8f2e', sshKeys: ['ssh-ed25519 AAAA octavia'], timezone: null,
    files: [{ path: '/etc/octavia/certs/server.pem', content: Buffer.from('pem'), mode: 0o600 }, { path: '/etc/rsyslog.d/10-rsyslog.conf', mode: 0o644 }],
  });
});

test.each([
  ['plain', { content: 'text' }],
  ['base64', { encoding: 'b64', content: Buffer.from('text').toString('base64') }],
  ['packed', { encoding: 'gz+b64', content: gzipSync('text').toString('base64') }],
])('files in user data count too: %s', (_, file) => {
  const userData = `#cloud-config\n${JSON.stringify({ timezone: 'Asia/Tokyo', write_files: [{ path: '/etc/octavia/amphora-agent.conf', ...file }] })}`;
  const boot = readBootData(drive({ metaData: JSON.stringify({ uuid: 'x' }), userData }));
  expect(boot).toMatchObject({ timezone: 'Asia/Tokyo', files: [{ path: '/etc/octavia/amphora-agent.conf', content: Buffer.from('text'), mode: 0o600 }] });
});

test('permissions in user data are kept', () => {
  const userData = '#cloud-config\nwrite_files:\n- path: /usr/local/bin/x\n  permissions: "0755"\n  content: x\n';
  expect(readBootData(drive({ userData })).files.at(-1)).toMatchObject({ mode: 0o755 });
});

test('user data of another kind says nothing', () => {
  expect(readBootData(drive({ userData: '#!/bin/sh\nreboot\n' })).timezone).toBeNull();
});

test.each([
  ['as our controllers write it', { octavia_management_interfaces: '2' }, 2],
  ['as a number', { octavia_management_interfaces: 1 }, 1],
  ['of nobody', {}, null],
  ['of a server without metadata', undefined, null],
  ['none', { octavia_management_interfaces: '0' }, null],
  ['less than none', { octavia_management_interfaces: '-1' }, null],
  ['a part', { octavia_management_interfaces: '1.5' }, null],
  ['a word', { octavia_management_interfaces: 'one' }, null],
  ['nothing', { octavia_management_interfaces: '' }, null],
  ['a list', { octavia_management_interfaces: ['1'] }, null],
])('count of management interfaces: %s', (_, meta, count) => {
  expect(readBootData(drive({ metaData: JSON.stringify({ ...META, meta }) })).managementLinks).toBe(count);
});

test.each([
  ['no JSON', { metaData: '{' }],
  ['no server', { metaData: '{}' }],
  ['lost content', { content: new Map() }],
  ['a way up', { metaData: JSON.stringify({ uuid: 'x', files: [{ path: '/etc/../root/x', content_path: '/content/0000' }] }) }],
  ['a relative path', { metaData: JSON.stringify({ uuid: 'x', files: [{ path: 'etc/x', content_path: '/content/0000' }] }) }],
  ['no YAML', { userData: '#cloud-config\na: [' }],
  ['an unknown encoding', { userData: '#cloud-config\nwrite_files: [{path: /x, encoding: rot13, content: a}]' }],
])('a drive with %s is refused', (_, changes) => {
  expect(() => readBootData(drive(changes))).toThrow(InvalidConfigDrive);
});
