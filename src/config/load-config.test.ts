import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { optionGroups } from './config.ts';
import { applyMutableOptions, loadConfig, loadConfigWithWarnings } from './load-config.ts';
import { renderSampleConfig } from './sample-config.ts';

const dir = mkdtempSync(join(tmpdir(), 'octavia-config-'));
afterAll(() => rmSync(dir, { recursive: true }));
/** From the package octavia-common. */
const DEBIAN_SAMPLE = '/usr/share/octavia-common/octavia.conf';
let count = 0;
const file = (text: string) => {
  const path = join(dir, `octavia-${(count += 1)}.conf`);
  writeFileSync(path, text);
  return path;
};
const load = (text: string, env: Record<string, string> = {}) => loadConfig({ files: [file(text)], env });

describe('values', () => {
  it('are the original\'s defaults when nothing is written', () => {
    const config = loadConfig({ env: {} });
    expect(config.health_manager).toMatchObject({ bind_ip: '127.0.0.1', bind_port: 5555, heartbeat_interval: 10, heartbeat_timeout: 60, failover_threshold: null });
    expect(config.api_settings).toMatchObject({ bind_port: 9876, auth_strategy: 'keystone', pagination_max_limit: '1000', merge_pending_updates: false });
    expect(config.controller_worker).toMatchObject({ compute_driver: 'compute_nova_driver', loadbalancer_topology: 'SINGLE', lease_ttl_seconds: 15 });
    expect(config.api_settings.default_listener_ciphers.split(':')).toHaveLength(12);
    expect(config.database.connection).toBe('sqlite://');
  });

  it('keep # and ; inside, drop surrounding quotes, take : as well as =', () => {
    const config = load('[DEFAULT]\ntransport_url = rabbit://u:p#;w@h:5672/\nhost: "a b"\n# x\n; y\n[certificates]\nca_private_key_passphrase=#x\n');
    expect(config.DEFAULT.transport_url).toBe('rabbit://u:p#;w@h:5672/');
    expect(config.DEFAULT.host).toBe('a b');
    expect(config.certificates.ca_private_key_passphrase).toBe('#x');
  });

  it('continue on indented lines until an empty line', () => {
    const config = load('[health_manager]\ncontroller_ip_port_list = 192.0.2.1:5555,\n  192.0.2.2:5555\n\nheartbeat_key = k\n');
    expect(config.health_manager.controller_ip_port_list).toEqual(['192.0.2.1:5555', '192.0.2.2:5555']);
    expect(config.health_manager.heartbeat_key).toBe('k');
  });

  it('are found under groups in any case, as oslo.config finds them, and under names with hyphens', () => {
    const { config, warnings } = loadConfigWithWarnings({ files: [file('[NOVA]\navailability_zone = a\n[DATABASE]\nmax_pool_size = 3\nsql_max_retries = 7\n[DEFAULT]\nlog-dir = /l\n')], env: {} });
    expect([config.nova.availability_zone, config.database.max_pool_size, config.database.max_retries, config.DEFAULT.log_dir]).toEqual(['a', 3, 7, '/l']);
    expect(warnings).toEqual([expect.stringMatching(/sql_max_retries is now \[database\] max_retries/)]);
    expect(load('[default]\ndebug = true\n').DEFAULT.debug).toBe(false);
  });

  it('of repeated names are all kept for multi options and the last one for others', () => {
    const config = load('[oslo_messaging_notifications]\ndriver = messagingv2\ndriver = log\n[api_settings]\nbind_port = 1\nbind_port = 2\n');
    expect(config.oslo_messaging_notifications.driver).toEqual(['messagingv2', 'log']);
    expect(config.api_settings.bind_port).toBe(2);
  });

  it('are not set by an empty text where nothing is the default', () => {
    const config = load('[oslo_messaging_notifications]\ntransport_url =\n[nova]\navailability_zone = \nendpoint_override = ""\nvalid_interfaces =\n[health_manager]\nfailover_threshold =\n[oslo_messaging_rabbit]\nssl_ca_file =\n');
    expect(config.oslo_messaging_notifications.transport_url).toBeNull();
    expect(config.nova).toMatchObject({ availability_zone: null, endpoint_override: null, valid_interfaces: null });
    expect([config.health_manager.failover_threshold, config.oslo_messaging_rabbit.ssl_ca_file]).toEqual([null, '']);
  });

  it('parse dictionaries whose values hold commas and colons', () => {
    const config = load('[api_settings]\nenabled_provider_drivers = amphora: The driver, ovn:http://x:1\n');
    expect(config.api_settings.enabled_provider_drivers).toEqual({ amphora: 'The driver', ovn: 'http://x:1' });
  });

  it.each([['true', true], ['ON', true], ['Yes', true], ['1', true], ['False', false], ['off', false], ['NO', false], ['0', false]])('read %s as %s', (text, value) => {
    expect(load(`[DEFAULT]\ndebug = ${text}\n`).DEFAULT.debug).toBe(value);
  });
});

describe('references', () => {
  it('find the same group, then DEFAULT, then another group, and $$ is a dollar sign', () => {
    const config = load([
      '[DEFAULT]', 'host = ctl', 'log_dir = /log/$host', '[haproxy_amphora]', 'base_path = /data', 'base_cert_dir = ${base_path}/certs-$host',
      '[certificates]', 'storage_path = $haproxy_amphora.base_cert_dir/x', 'ca_private_key_passphrase = a$$b$9', '[api_settings]', 'api_base_uri = http://$host:$bind_port',
    ].join('\n'));
    expect(config.DEFAULT.log_dir).toBe('/log/ctl');
    expect(config.certificates.storage_path).toBe('/data/certs-ctl/x');
    expect(config.certificates.ca_private_key_passphrase).toBe('a$b$9');
    expect(config.api_settings.api_base_uri).toBe('http://ctl:9876');
  });

  it('to nothing or in a circle are refused', () => {
    expect(() => load('[DEFAULT]\ntransport_url = rabbit://u:pa$word@h\n')).toThrow(/\$word@?.*write \$\$/);
    expect(() => load('[DEFAULT]\nlog_dir = $log_file\nlog_file = $log_dir\n')).toThrow(/refers to itself/);
  });
});

describe('mistakes', () => {
  it.each([
    ['[api_settings]\nbind_port = 70000', 'api_settings', 'bind_port', '70000', /at most 65535/],
    ['[api_settings]\nauth_strategy = magic', 'api_settings', 'auth_strategy', 'magic', /one of noauth, keystone, testing/],
    ['[health_manager]\nheartbeat_timeout = soon', 'health_manager', 'heartbeat_timeout', 'soon', /not an integer/],
    ['[health_manager]\nbind_ip = nowhere', 'health_manager', 'bind_ip', 'nowhere', /not an IP/],
    ['[DEFAULT]\ndebug = maybe', 'DEFAULT', 'debug', 'maybe', /not a boolean/],
    ['[api_settings]\ndefault_listener_tls_versions = TLSv1.2, TLSv9', 'api_settings', 'default_listener_tls_versions', 'TLSv1.2, TLSv9', /must be one of/],
    ['[certificates]\nserver_certs_key_passphrase = short', 'certificates', 'server_certs_key_passphrase', null, /must match/],
  ])('in %j name file, group, option, value and reason', (text, group, option, value, reason) => {
    const path = file(text);
    let error: unknown;
    try { loadConfig({ files: [path], env: {} }); } catch (thrown) { error = thrown; }
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code: 'config-invalid', file: path, group, option, value });
    expect((error as ConfigError).reason).toMatch(reason);
  });

  it.each(['debug = true\n', '[DEFAULT\n', '[DEFAULT]\nnonsense\n', '[DEFAULT]\n= x\n', '  x\n'])('of syntax (%j) name the line', (text) => {
    expect(() => load(text)).toThrow(/octavia-\d+\.conf:\d+: /);
  });

  it('that contradict each other are refused', () => {
    expect(() => load('[api_settings]\nminimum_tls_version = TLSv1.3\n')).toThrow(/TLSv1.2.*older than minimum/);
    expect(() => load('[api_settings]\ntls_cipher_prohibit_list = TLS_AES_128_GCM_SHA256\n')).toThrow(/prohibit/);
  });

  it('of a missing file say so', () => {
    expect(() => loadConfig({ files: [join(dir, 'none')] })).toThrow(/cannot be read \(ENOENT: /);
    expect(() => loadConfig({ files: [dir] })).toThrow(/cannot be read \(EISDIR: /);
    expect(() => loadConfig({ dirs: [join(dir, 'none')] })).toThrow(/directory cannot be read \(ENOENT: /);
  });
});

describe('names', () => {
  it('of former releases are honoured with a warning, and lose against the present name', () => {
    const { config, warnings } = loadConfigWithWarnings({ files: [file('[DEFAULT]\nsql_connection = sqlite:////x\n[haproxy_amphora]\nactive_connection_rety_interval = 7\nactive_connection_retry_interval = 8\n')], env: {} });
    expect(config.database.connection).toBe('sqlite:////x');
    expect(config.haproxy_amphora.active_connection_retry_interval).toBe(8);
    expect(warnings.join('\n')).toMatch(/\[DEFAULT\] sql_connection is now \[database\] connection/);
  });

  it('of former releases win in a later file, and are all kept for multi options', () => {
    const packaged = file('[database]\nconnection = sqlite:////packaged\nmax_retries = 3\n[oslo_messaging_notifications]\ndriver = log\n');
    const own = file('[DEFAULT]\nsql_connection = sqlite:////own\nsql_max_retries = 4\nnotification_driver = messagingv2\n[database]\nmax_retries = 5\n');
    const config = loadConfig({ files: [packaged, own], env: {} });
    expect([config.database.connection, config.database.max_retries, config.oslo_messaging_notifications.driver]).toEqual(['sqlite:////own', 5, ['log', 'messagingv2']]);
    expect(loadConfig({ files: [own, packaged], env: {} }).database).toMatchObject({ connection: 'sqlite:////packaged', max_retries: 3 });
  });

  it('of the libraries below the original are no warnings, and named with the reason why they do nothing', () => {
    const { warnings, withoutEffect } = loadConfigWithWarnings({
      files: [file('[DEFAULT]\nstate_path = /var/lib/octavia\n[oslo_concurrency]\nlock_path = $state_path/lock\n[cache]\nenabled = yes\n[keystone_authtoken]\nmemcache_pool_maxsize = 3\n')], env: {},
    });
    expect(warnings).toEqual([]);
    expect(withoutEffect).toHaveLength(4);
    expect(withoutEffect[2]).toMatch(/octavia-\d+\.conf: \[cache\] enabled is set and has no effect here: each process keeps what it needs in its own memory$/);
  });

  it('that do nothing are named once when they are set to something of their own', () => {
    const { withoutEffect } = loadConfigWithWarnings({ files: [file('[DEFAULT]\nuse_syslog = True\nuse_syslog = True\nuse_journal = False\nconn_pool_ttl = 1200\n[DATABASE]\nsqlalchemy_max_overflow = 50\n')], env: {} });
    expect(withoutEffect).toEqual([
      expect.stringMatching(/\[DEFAULT\] use_syslog is set and has no effect here: leave log_file and log_dir out/), expect.stringMatching(/\[DATABASE\] sqlalchemy_max_overflow is set and has no effect here: max_pool_size is the limit/),
    ]);
  });

  it.skipIf(!existsSync(DEBIAN_SAMPLE))('of the original\'s sample are all known, with the values it shows', () => {
    const shown = readFileSync(DEBIAN_SAMPLE, 'utf8').replaceAll(/^#\s?([a-z_0-9]+ ?=.*)$/gm, '$1').replaceAll(/^.*= ?<.*>$/gm, '');
    expect(loadConfigWithWarnings({ files: [file(shown)], env: {} }).warnings.filter((warning) => warning.includes('unknown'))).toEqual([]);
  });

  it('nobody knows are tolerated and listed', () => {
    const { warnings } = loadConfigWithWarnings({ files: [file('[ovn]\nx = 1\n[api_settings]\ntypo = 2\n')], env: {} });
    expect(warnings).toEqual([expect.stringMatching(/unknown group \[ovn\]/), expect.stringMatching(/unknown option \[api_settings\] typo/)]);
  });
});

describe('sources', () => {
  it('win in the order file, later file, directory, environment, override', () => {
    const confDir = join(dir, 'octavia.conf.d');
    mkdirSync(confDir);
    writeFileSync(join(confDir, '20.conf'), '[api_settings]\nbind_port = 5\nbind_host = 192.0.2.5\n');
    writeFileSync(join(confDir, '10.conf'), '[api_settings]\nbind_port = 4\n');
    writeFileSync(join(confDir, 'note.txt'), 'not a configuration');
    const files = [file('[api_settings]\nbind_port = 2\ndefault_provider_driver = x\n'), file('[api_settings]\nbind_port = 3\n')];
    const load = (extra: object) => loadConfig({ files, dirs: [confDir], env: {}, ...extra }).api_settings;
    expect(load({})).toMatchObject({ bind_port: 5, bind_host: '192.0.2.5', default_provider_driver: 'x' });
    expect(load({ env: { OS_API_SETTINGS__BIND_PORT: '6' } }).bind_port).toBe(6);
    expect(load({ env: { OS_API_SETTINGS__BIND_PORT: '6' }, overrides: { api_settings: { bind_port: 7 } } }).bind_port).toBe(7);
  });

  it('take certificate defaults from the environment as the original does', () => {
    expect(load('', { OS_OCTAVIA_TLS_CA_CERT: '/ca.pem' }).certificates.ca_certificate).toBe('/ca.pem');
  });
});

describe('[neutron]', () => {
  it('takes its log-in from [service_auth] unless it has its own, and understands its former names', () => {
    const login = '[service_auth]\nauth_type = password\nauth_url = http://k\nusername = octavia\npassword = p\n';
    expect(load(`${login}[neutron]\nendpoint_type = internalURL\nendpoint = http://n\nusername = other\n`).neutron).toMatchObject({
      auth_url: 'http://k', username: 'other', password: 'p', valid_interfaces: ['internal'], endpoint_override: 'http://n',
    });
    expect(load(`${login}[neutron]\nauth_url = http://own\n`).neutron).toMatchObject({ auth_url: 'http://own', username: null, auth_type: 'password' });
  });
});

describe('SIGHUP', () => {
  it('takes over mutable options only and names the others', () => {
    const before = load('[health_manager]\nheartbeat_interval = 10\n');
    const after = load('[health_manager]\nheartbeat_interval = 5\nheartbeat_timeout = 9\n');
    const { config, ignored } = applyMutableOptions(before, after);
    expect(config.health_manager).toMatchObject({ heartbeat_interval: 5, heartbeat_timeout: 60 });
    expect(ignored).toEqual(['[health_manager] heartbeat_timeout']);
  });
});

describe('the sample file', () => {
  it('names every option and, with its defaults taken literally, loads to those defaults', () => {
    const sample = renderSampleConfig();
    for (const [group, options] of Object.entries(optionGroups)) {
      expect(sample).toContain(`[${group}]\n`);
      for (const name of Object.keys(options)) expect(sample).toContain(`\n#${name} = `);
    }
    const active = sample.split('\n').filter((line) => !line.endsWith('= <None>') && !line.startsWith('#host ')).map((line) => line.replace(/^#(?=\w+ = )/, '')).join('\n');
    expect(load(active)).toEqual(loadConfig({ env: {} }));
  });
});

it('any text without dollar signs, quotes and outer blanks survives a round through a file', () => {
  fc.assert(fc.property(fc.stringMatching(/^[!#%-&(-~][ -#%-~]*[!#%-&(-~]$/), (text) => {
    expect(load(`[amphora_agent]\namphora_id = ${text}\n`).amphora_agent.amphora_id).toBe(text);
  }), { numRuns: 50 });
});
