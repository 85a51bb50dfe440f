import { gunzipSync } from 'node:zlib';
import { parse as parseYaml } from 'yaml';
import { MANAGEMENT_INTERFACES } from '../../drivers/image/image-driver.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import { listOf, recordOf, textOf } from './json-parts.ts';
import type { JsonRecord } from './json-parts.ts';

/** What a config drive holds, below `openstack/latest`; null where a file is missing. */
export interface ConfigDrive {
  readonly metaData: string;
  readonly networkData: string | null;
  readonly userData: string | null;
  /** Content of an injected file by its `content_path` (`/content/0000`). */
  readonly content: ReadonlyMap<string, Buffer>;
}

export interface BootFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

/** What this machine is told at boot (contracts section 12). */
export interface BootData {
  /** Of the server: files are written once for each. */
  readonly instanceId: string;
  readonly hostname: string | null;
  readonly timezone: string | null;
  readonly sshKeys: readonly string[];
  readonly files: readonly BootFile[];
  readonly networkData: JsonRecord;
  /**
   * How many links of networkData, from the first on, are the management network's; the later ones belong to load balancers.
   * Null where nothing usable says so: then all of them are, as on servers of other controllers.
   */
  readonly managementLinks: number | null;
}

/** A config drive that cannot be used; the message names the part. */
export class InvalidConfigDrive extends OctaviaError {
  constructor(part: string, reason: string) {
    super('invalid-config-drive', `The config drive's ${part} cannot be used: ${reason}`);
  }
}

/**
 * Understands a config drive as far as Octavia writes one: injected files, host name, keys, networks, and of the user data
 * the time zone and write_files. Commands in user data restart what has not started yet when this is read, so they are
 * left out. Throws InvalidConfigDrive.
 */
export function readBootData(drive: ConfigDrive): BootData {
  const meta = recordOf(parsed('meta_data.json', drive.metaData));
  const user = cloudConfig(drive.userData);
  const instanceId = textOf(meta['uuid']);
  if (instanceId === '') throw new InvalidConfigDrive('meta_data.json', 'it names no uuid');
  return {
    instanceId,
    hostname: hostnameOf(textOf(meta['hostname']) || textOf(meta['name'])),
    timezone: textOf(user['timezone']) || null,
    sshKeys: [...Object.values(recordOf(meta['public_keys'])).map(textOf), ...textsOf(user['ssh_authorized_keys'])].map((key) => key.trim()).filter((key) => key !== ''),
    files: [...listOf(meta['files']).map((file) => injectedFile(file, drive.content)), ...listOf(user['write_files']).map(writtenFile)],
    networkData: recordOf(drive.networkData === null ? null : parsed('network_data.json', drive.networkData)),
    managementLinks: countOf(textOf(recordOf(meta['meta'])[MANAGEMENT_INTERFACES])),
  };
}

/** Anything else than a positive count is passed over: an amphora that nobody reaches helps nobody. */
function countOf(text: string): number | null {
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : null;
}

/** Secrets lie below /etc/octavia; everything else may be read by the programs that it is for. */
function modeOf(path: string): number {
  return path.startsWith('/etc/octavia/') ? 0o600 : 0o644;
}

function injectedFile(file: JsonRecord, content: ReadonlyMap<string, Buffer>): BootFile {
  const path = absolute(textOf(file['path']));
  const bytes = content.get(textOf(file['content_path']));
  if (bytes === undefined) throw new InvalidConfigDrive(textOf(file['content_path']), `the content of ${path} is missing`);
  return { path, content: bytes, mode: modeOf(path) };
}

function writtenFile(file: JsonRecord): BootFile {
  const path = absolute(textOf(file['path']));
  const permissions = textOf(file['permissions']);
  const mode = /^0?[0-7]{3}$/.test(permissions) ? Number.parseInt(permissions, 8) : modeOf(path);
  const encoding = textOf(file['encoding']).toLowerCase();
  const text = textOf(file['content']);
  if (encoding === '' || encoding === 'text/plain') return { path, content: Buffer.from(text), mode };
  const bytes = Buffer.from(text, 'base64');
  if (encoding === 'b64' || encoding === 'base64') return { path, content: bytes, mode };
  if (/^(gz|gzip)\+(b64|base64)$/.test(encoding)) return { path, content: gunzipSync(bytes), mode };
  throw new InvalidConfigDrive('user_data', `${path} has encoding "${encoding}"`);
}

function absolute(path: string): string {
  if (!path.startsWith('/') || path.split('/').includes('..')) throw new InvalidConfigDrive('list of files', `"${path}" is no absolute path`);
  return path;
}

/** `#cloud-config` as an object; other kinds of user data say nothing to this machine. */
function cloudConfig(userData: string | null): JsonRecord {
  if (userData === null || !/^#cloud-config\b/.test(userData)) return {};
  try {
    return recordOf(parseYaml(userData));
  } catch (error) {
    throw new InvalidConfigDrive('user_data', reasonOf(error));
  }
}

/** The first label, as the kernel may have it; null when there is none. */
function hostnameOf(name: string): string | null {
  return /^[A-Za-z0-9]([A-Za-z0-9-]{0,62})/.exec(name)?.[0] ?? null;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function parsed(part: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidConfigDrive(part, reasonOf(error));
  }
}
