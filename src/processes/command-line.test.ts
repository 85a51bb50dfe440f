import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot, projectVersion } from './project.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-command-')); });
afterEach(() => rmSync(directory, { recursive: true }));

const entry = join(projectRoot, 'src/processes/main.ts');

function octavia(args: readonly string[], stdout: 'pipe' | number = 'pipe'): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [entry, ...args], { ...surroundings(), stdio: ['ignore', stdout, 'pipe'] });
}

function surroundings() {
  return { cwd: directory, env: { PATH: process.env['PATH'], HOME: directory, NODE_NO_WARNINGS: '1' }, encoding: 'utf8' } as const;
}

const cloud = (text: string): string => `clouds: {one: {auth: {auth_url: "http://127.0.0.1:1/v3", username: a, password: b}, ${text}}}`;

describe('the command line', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['an authority that is not there', ['certificates', 'client-ca', '--key', 'key.pem', '--config-file', 'octavia.conf'], /ENOENT.*'none\.pem'/],
    ['a file instead of a directory', ['certificates', 'create', 'octavia.conf'], /octavia\.conf/],
    ['a policy file that is not there', ['sample-policy', 'none.yaml'], /ENOENT.*'none\.yaml'/],
    ['a number of lanes that is none', ['test', 'none', '--lanes', 'x'], /whole number/],
    ['no lane at all', ['test', 'none', '--lanes', '0'], /1 or more/],
    ['a schema without a database', ['db-manage', 'upgrade', 'head'], /no database is named/],
    ['a directory instead of an image', ['image', 'build', '--output', '.'], process.getuid?.() === 0 ? /is a directory: name the file/ : /Only root/],
    ['a server without a service', ['server', 'list'], /no \.octavia\/openrc: start octavia up first/],
    ['a server of a service that was stopped', ['server', 'delete', 'web1', '--data-dir', '.'], /Nothing answers at http:\/\/127\.0\.0\.1:1\/identity\/v3/],
  ])('%s is told in a sentence', (_name, args, sentence) => {
    writeFileSync(join(directory, 'octavia.conf'), '[controller_worker]\nclient_ca = none.pem\n');
    writeFileSync(join(directory, 'openrc'), 'export OS_AUTH_URL=http://127.0.0.1:1/identity/v3\n');
    const { status, stderr } = octavia(args);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(status).toBe(1);
  });

  it.each([[['--version']], [['worker', '--version']], [['db-manage', '--version']], [['amphora-agent', '--version']]])('%j tells the version, as programs of the original do', (args) => {
    expect(octavia(args)).toMatchObject({ status: 0, stdout: `${projectVersion()}\n`, stderr: '' });
  });

  it.each<[string, RegExp]>([
    ['up', /default: 127\.0\.0\.1:9876\)/],
    ['worker', /default: octavia\.conf and octavia-worker\.conf of ~\/\.octavia, ~, \/etc\/octavia or \/etc\)/],
  ])('the help of %s tells what is taken when nothing is named', (command, text) => {
    expect(octavia([command, '--help']).stdout.replace(/\s+/g, ' ')).toMatch(text);
  });

  it('a reader that goes early ends no command, and tells nobody where in the program that was', () => {
    const { stdout, stderr } = spawnSync('bash', ['-c', '"$0" "$1" db-manage history | (exec <&-); echo "${PIPESTATUS[0]}"', process.execPath, entry], surroundings());
    expect(stderr).toBe('');
    expect(stdout).toBe('0\n');
  });

  it('a full disk below the output is told in a sentence, and is a failure', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = octavia(['sample-config'], full);
    closeSync(full);
    expect(stderr).toMatch(/^octavia: The output cannot be written: ENOSPC[^\n]*\n$/);
    expect(status).toBe(1);
  });

  it.each<[string, string, RegExp]>([
    ['that is no YAML', 'clouds: {one: [', /clouds\.yaml cannot be read: .*line 1/],
    ['with a cloud without auth_url', 'clouds: {one: {auth: {username: a}}}', /Nothing says where Keystone is/],
    ['with an auth_url that is none', 'clouds: {one: {auth: {auth_url: keystone}}}', /"keystone" does not say where Keystone is/],
    ['with an authority that is not there', cloud('region_name: R, cacert: none.pem'), /log in: ENOENT.*'none\.pem'/],
    ['with another way to log in', cloud('auth_type: v3saml'), /auth_type: "v3saml" is not one of/],
  ])('bootstrap with a clouds.yaml %s says so, and the fix', (_name, text, sentence) => {
    writeFileSync(join(directory, 'clouds.yaml'), text);
    const { status, stderr } = octavia(['bootstrap', '--os-cloud', 'one', '--config-dir', 'etc']);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/\n {2}fix: /);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(status).toBe(1);
  });
});
