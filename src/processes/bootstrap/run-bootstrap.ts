import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { applyStep, configuredIds, knownFrom, type ApplyContext } from './apply-step.ts';
import { BootstrapRefused, refusalOf } from './bootstrap-refused.ts';
import { loginFromClouds, loginFromEnvironment, readClouds, type CloudLogin } from './cloud-login.ts';
import { onlyRegion, openCloudServices } from './cloud-services.ts';
import { differences } from './configuration.ts';
import { inspectImageFile } from './image-file.ts';
import { observeCloud } from './observe-cloud.ts';
import { describeStep, planBootstrap, type Step } from './plan.ts';
import type { PresentPort } from './present.ts';
import { DEFAULT_CIDR, type Wanted } from './wanted.ts';

/** Options of the command line. */
export interface BootstrapOptions {
  readonly osCloud?: string;
  readonly configDir: string;
  readonly dryRun?: boolean;
  readonly domain: string;
  readonly project: string;
  readonly user: string;
  readonly servicePassword?: string;
  readonly resetPassword?: boolean;
  readonly region?: string;
  readonly networkRegion?: string;
  readonly apiUrl?: string;
  readonly network: string;
  readonly cidr?: string;
  readonly dhcp: boolean;
  readonly providerType?: string;
  readonly physicalNetwork?: string;
  readonly segment?: number;
  readonly controller: readonly string[];
  readonly keyName: string;
  readonly publicKey?: string;
  readonly flavor: string;
  readonly ram: number;
  readonly vcpus: number;
  readonly disk: number;
  readonly imageTag: string;
  readonly image?: string;
  readonly topology: 'SINGLE' | 'ACTIVE_STANDBY';
  readonly spares: number;
  readonly database?: string;
  readonly transportUrl?: string;
}

/** `octavia bootstrap`: everything that a cloud needs for load balancers. What is there already stays; a second run changes nothing. */
export async function runBootstrap(options: BootstrapOptions): Promise<void> {
  const login = await during('read who logs in', async () => readLogin(options));
  const given = options.region ?? login.region;
  const first = await during('log in', async () => openCloudServices(login, { region: given, networkRegion: options.networkRegion ?? given }));
  try {
    const region = given ?? (await during('find the region', () => onlyRegion(first.keystone)));
    const services = given === null ? openCloudServices(login, { region, networkRegion: options.networkRegion ?? region }) : first;
    try {
      const wanted = await during('read the command line', () => wantedFrom(options, login, region));
      if (wanted.image !== null && wanted.image.ignored !== null) say([`note  ${wanted.image.ignored}`]);
      const present = await during('look at the cloud', () => observeCloud(services, wanted));
      const steps = planBootstrap(wanted, present);
      if (options.dryRun === true) return say(dryRunLines(steps, wanted));
      const context: ApplyContext = { services, wanted, present, known: knownFrom(present) };
      for (const step of steps) {
        await during(describeStep(step, wanted), () => applyStep(step, context));
        say([`done  ${describeStep(step, wanted)}`]);
      }
      say(closingLines(steps, context));
    } finally {
      if (services !== first) await services.close();
    }
  } finally {
    await first.close();
  }
}

function readLogin({ osCloud }: BootstrapOptions): CloudLogin {
  const cloud = osCloud ?? process.env['OS_CLOUD'];
  return cloud === undefined || cloud === '' ? loginFromEnvironment(process.env) : loginFromClouds(cloud, readClouds(process.env));
}

async function during<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusalOf(what, error);
  }
}

async function wantedFrom(options: BootstrapOptions, login: CloudLogin, region: string): Promise<Wanted> {
  if (options.publicKey !== undefined && !/^(ssh|ecdsa)-/.test(readFileSync(options.publicKey, 'utf8'))) {
    throw new BootstrapRefused(`${options.publicKey} holds no OpenSSH public key.`, 'give the .pub file that ssh-keygen made');
  }
  return {
    configDir: resolve(options.configDir), domain: options.domain, project: options.project, user: options.user, givenPassword: options.servicePassword ?? null,
    resetPassword: options.resetPassword === true, region, networkRegion: options.networkRegion ?? region, interface: login.interface,
    apiUrl: options.apiUrl?.replace(/\/+$/, '') ?? null, network: options.network, cidr: options.cidr ?? null, hasDhcp: options.dhcp,
    provider: { type: options.providerType ?? null, physicalNetwork: options.physicalNetwork ?? null, segment: options.segment ?? null },
    controllers: options.controller.length > 0 ? [...new Set(options.controller)] : [hostname()],
    keyName: options.keyName, publicKey: options.publicKey === undefined ? null : readFileSync(options.publicKey, 'utf8').trim(),
    flavor: { name: options.flavor, ramMib: options.ram, vcpus: options.vcpus, diskGib: options.disk },
    imageTag: options.imageTag, image: options.image === undefined ? null : await inspectImageFile(resolve(options.image)),
    topology: options.topology, spares: options.spares, databaseUrl: options.database ?? null, transportUrl: options.transportUrl ?? null,
    login: { authUrl: login.authUrl, cafile: login.options.cafile ?? null, insecure: login.options.insecure === true },
    // server_certs_key_passphrase takes 32 characters of base64url.
    secrets: { password: randomBytes(24).toString('base64url'), heartbeatKey: randomBytes(32).toString('base64url'), certificatesKey: randomBytes(24).toString('base64url') },
  };
}

function dryRunLines(steps: readonly Step[], wanted: Wanted): readonly string[] {
  if (steps.length === 0) return ['Nothing to do: everything is there.'];
  return [...steps.map((step) => `would ${describeStep(step, wanted)}`), `${steps.length} steps; nothing was changed (--dry-run).`];
}

/** What was kept, and what is left to do by hand. */
export function closingLines(steps: readonly Step[], { wanted, present, known }: ApplyContext): readonly string[] {
  const file = `${wanted.configDir}/octavia.conf`;
  const kept = differences(wanted, configuredIds(wanted, known), present.configText ?? '')
    .map(({ setting, present: value }) => `kept  [${setting.group}] ${setting.name} = ${value}  (bootstrap would write ${setting.value})`);
  if (steps.length === 0) return [...kept, 'Nothing to do: everything is there and was left as it is.'];
  return [
    ...kept, `${steps.length} steps done; the configuration is ${file}.`, 'Next:',
    ...[...known.ports].flatMap(([controller, port]) => interfaceLines(controller, port, (present.subnet?.cidr ?? wanted.cidr ?? DEFAULT_CIDR).replace(/^.*\//, ''))),
    ...(wanted.databaseUrl === null || wanted.transportUrl === null ? [`  set [database] connection and [DEFAULT] transport_url in ${file}, unless they are there`] : []),
    `  octavia db-manage upgrade head --config-file ${file}`,
    `  octavia doctor --config-file ${file}`,
  ];
}

/** How a controller gets its end of the management network; the port exists, the wire is the host's affair. */
function interfaceLines(controller: string, { id, macAddress, address }: PresentPort, prefix: string): readonly string[] {
  return [
    `  on ${controller}, with Open vSwitch: ovs-vsctl -- --may-exist add-port br-int o-hm0 -- set Interface o-hm0 type=internal external-ids:iface-status=active external-ids:attached-mac=${macAddress} external-ids:iface-id=${id} external-ids:skip_cleanup=true`,
    `    with Linux bridge: ip link add tap${id.slice(0, 11)} type veth peer name o-hm0; ip link set tap${id.slice(0, 11)} up`,
    `    then: ip link set o-hm0 address ${macAddress} up; ip addr add ${address}/${prefix} dev o-hm0`,
  ];
}

function say(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
