import { certificatePaths, missingSecrets, optionsToSet, type Setting } from './configuration.ts';
import { BootstrapRefused } from './bootstrap-refused.ts';
import type { ImageProperties } from '../image/image-description.ts';
import type { Present } from './present.ts';
import { DEFAULT_CIDR, ENDPOINT_INTERFACES, GROUP_NAMES, LOAD_BALANCER_ROLES, portName, wantedRules, type GroupName, type ImageFile, type Rule, type Wanted } from './wanted.ts';

/** One thing to do. Steps name what they need by role, as the ids come from earlier steps. */
export type Step =
  | { readonly kind: 'secrets'; readonly settings: readonly Setting[] }
  | { readonly kind: 'project' }
  | { readonly kind: 'user' }
  | { readonly kind: 'password' }
  | { readonly kind: 'role'; readonly name: string }
  | { readonly kind: 'grant'; readonly role: string }
  | { readonly kind: 'service' }
  | { readonly kind: 'endpoint'; readonly interface: string; readonly url: string }
  | { readonly kind: 'endpoint-url'; readonly id: string; readonly interface: string; readonly url: string; readonly former: string }
  | { readonly kind: 'network' }
  | { readonly kind: 'subnet'; readonly cidr: string }
  | { readonly kind: 'group'; readonly group: GroupName }
  | { readonly kind: 'rule'; readonly group: GroupName; readonly rule: Rule }
  | { readonly kind: 'port'; readonly controller: string }
  | { readonly kind: 'key-pair' }
  | { readonly kind: 'flavor' }
  | { readonly kind: 'flavor-access' }
  | { readonly kind: 'image'; readonly file: ImageFile; readonly unfinishedId: string | null }
  | { readonly kind: 'image-properties'; readonly imageId: string; readonly properties: ImageProperties }
  | { readonly kind: 'certificates' }
  | { readonly kind: 'configuration' };

/**
 * What is missing, in the order in which it can be made. Empty when there is nothing to do. Throws BootstrapRefused where
 * going on would break what somebody else relies on.
 */
export function planBootstrap(wanted: Wanted, present: Present): readonly Step[] {
  refuseConflicts(wanted, present);
  const secrets = missingSecrets(wanted, present);
  return [
    ...(secrets.length > 0 ? [{ kind: 'secrets' as const, settings: secrets }] : []),
    ...planIdentity(wanted, present),
    ...planNetwork(wanted, present),
    ...planServers(wanted, present),
    ...(present.missingCertificates.length > 0 ? [{ kind: 'certificates' as const }] : []),
    ...(needsConfiguration(wanted, present) ? [{ kind: 'configuration' as const }] : []),
  ];
}

function refuseConflicts(wanted: Wanted, { user, subnet, network, roles, image }: Present): void {
  if (!roles.has('admin')) throw new BootstrapRefused('Keystone has no role admin.', 'run keystone-manage bootstrap first');
  if (user !== null && !wanted.resetPassword && user.isPasswordRight !== true) {
    const what = user.isPasswordRight === null ? 'its password is not known here' : 'the password in octavia.conf is not its password';
    throw new BootstrapRefused(`The user ${wanted.user} exists and ${what}.`, 'give it with --service-password, or set a new one with --reset-password (every octavia.conf then needs it)');
  }
  if (subnet !== null && network !== null && wanted.cidr !== null && subnet.cidr !== wanted.cidr) {
    throw new BootstrapRefused(`The subnet of network ${wanted.network} is ${subnet.cidr}, not ${wanted.cidr}.`, `run with --cidr ${subnet.cidr}, or with another --network`);
  }
  if (image === null && wanted.image === null) {
    throw new BootstrapRefused(`No image has the tag ${wanted.imageTag} and belongs to project ${wanted.project}.`, 'make one (octavia image build) and give its file with --image');
  }
}

function planIdentity(wanted: Wanted, present: Present): Step[] {
  const steps: Step[] = [];
  if (present.projectId === null) steps.push({ kind: 'project' });
  if (present.user === null) steps.push({ kind: 'user' });
  else if (present.user.isPasswordRight !== true) steps.push({ kind: 'password' });
  for (const name of LOAD_BALANCER_ROLES) if (!present.roles.has(name)) steps.push({ kind: 'role', name });
  // Where services prove themselves with the role `service`, ours does too.
  const granted = ['admin', ...(present.roles.has('service') ? ['service'] : []), ...(present.roles.has('creator') ? ['creator'] : [])];
  for (const role of granted) if (!present.user?.roles.includes(role)) steps.push({ kind: 'grant', role });
  if (present.serviceId === null) steps.push({ kind: 'service' });
  const url = wanted.apiUrl ?? present.endpoints[0]?.url ?? `http://${wanted.controllers[0] ?? 'localhost'}:9876`;
  for (const name of ENDPOINT_INTERFACES) {
    const found = present.endpoints.find((endpoint) => endpoint.interface === name);
    if (found === undefined) steps.push({ kind: 'endpoint', interface: name, url });
    else if (wanted.apiUrl !== null && found.url !== wanted.apiUrl) steps.push({ kind: 'endpoint-url', id: found.id, interface: name, url, former: found.url });
  }
  return steps;
}

function planNetwork(wanted: Wanted, present: Present): Step[] {
  const steps: Step[] = [];
  if (present.network === null) steps.push({ kind: 'network' });
  const cidr = present.subnet?.cidr ?? wanted.cidr ?? DEFAULT_CIDR;
  if (present.subnet === null) steps.push({ kind: 'subnet', cidr });
  for (const group of ['amphora', 'health'] as const) {
    const found = present.groups[group];
    if (found === null) steps.push({ kind: 'group', group });
    for (const rule of wantedRules(group, cidr)) {
      if (!found?.rules.some((other) => isSameRule(other, rule))) steps.push({ kind: 'rule', group, rule });
    }
  }
  for (const controller of wanted.controllers) if (!present.ports.has(controller)) steps.push({ kind: 'port', controller });
  return steps;
}

function planServers(wanted: Wanted, present: Present): Step[] {
  const steps: Step[] = [];
  if (present.keyPair === null) steps.push({ kind: 'key-pair' });
  if (present.flavor === null) steps.push({ kind: 'flavor' });
  if (present.flavor?.isUsable !== true) steps.push({ kind: 'flavor-access' });
  return [...steps, ...planImage(wanted.image, present)];
}

/** Properties that the image has with other values stay: somebody has set them. */
function planImage(file: ImageFile | null, { image, unfinishedImageId }: Present): Step[] {
  if (file === null) return [];
  if (image === null || image.sha512 !== file.sha512) return [{ kind: 'image', file, unfinishedId: unfinishedImageId }];
  const missing = Object.entries(file.properties).filter(([name]) => !Object.hasOwn(image.properties, name));
  return missing.length === 0 ? [] : [{ kind: 'image-properties', imageId: image.id, properties: Object.fromEntries(missing) }];
}

/** Ids that do not exist yet will be new to the configuration as well. */
function needsConfiguration(wanted: Wanted, present: Present): boolean {
  if (present.projectId === null || present.network === null || present.groups.amphora === null || present.flavor === null) return true;
  if (wanted.controllers.some((controller) => !present.ports.has(controller))) return true;
  const ids = {
    project: present.projectId, network: present.network.id, amphoraGroup: present.groups.amphora.id, flavor: present.flavor.id,
    addresses: wanted.controllers.flatMap((controller) => present.ports.get(controller)?.address ?? []),
  };
  return optionsToSet(wanted, ids, present.configText ?? '').length > 0;
}

function isSameRule(one: Rule, other: Rule): boolean {
  // Neutron has two names for it.
  const plain = (protocol: string): string => (protocol === 'icmpv6' ? 'ipv6-icmp' : protocol);
  return one.ethertype === other.ethertype && plain(one.protocol) === plain(other.protocol) && one.port === other.port;
}

/** A step in words. */
export function describeStep(step: Step, wanted: Wanted): string {
  switch (step.kind) {
    case 'secrets': return `octavia.conf: remember ${step.settings.map(({ group, name }) => `[${group}] ${name}`).join(', ')}`;
    case 'project': return `project ${wanted.project}: create`;
    case 'user': return `user ${wanted.user}: create`;
    case 'password': return `user ${wanted.user}: set the password`;
    case 'role': return `role ${step.name}: create`;
    case 'grant': return `role ${step.role}: grant to ${wanted.user} in ${wanted.project}`;
    case 'service': return 'service octavia (load-balancer): create';
    case 'endpoint': return `endpoint ${step.interface} in ${wanted.region}: ${step.url}`;
    case 'endpoint-url': return `endpoint ${step.interface} in ${wanted.region}: ${step.url} instead of ${step.former}`;
    case 'network': return `network ${wanted.network}: create`;
    case 'subnet': return `subnet of ${wanted.network}: create ${step.cidr}`;
    case 'group': return `security group ${GROUP_NAMES[step.group]}: create`;
    case 'rule': return `security group ${GROUP_NAMES[step.group]}: allow ${step.rule.protocol}${step.rule.port === null ? '' : ` ${step.rule.port}`} (${step.rule.ethertype})`;
    case 'port': return `port ${portName(step.controller)}: create`;
    case 'key-pair': return `key pair ${wanted.keyName} of ${wanted.user}: ${wanted.publicKey === null ? `create, private key in ${wanted.configDir}/${wanted.keyName}.pem` : 'import'}`;
    case 'flavor': return `flavor ${wanted.flavor.name}: create (${wanted.flavor.vcpus} vCPU, ${wanted.flavor.ramMib} MiB, ${wanted.flavor.diskGib} GiB)`;
    case 'flavor-access': return `flavor ${wanted.flavor.name}: allow for ${wanted.project}`;
    case 'image': return `image with tag ${wanted.imageTag}: upload ${step.file.path} (${step.file.format}, ${Math.ceil(step.file.sizeBytes / 1_048_576)} MiB)${Object.keys(step.file.properties).length === 0 ? '' : `, with ${inWords(step.file.properties)}`}`;
    case 'image-properties': return `image with tag ${wanted.imageTag}: set ${inWords(step.properties)}`;
    case 'certificates': return `certificate authorities in ${certificatePaths(wanted).directory}: create`;
    case 'configuration': return `octavia.conf in ${wanted.configDir}: write`;
    default: return step satisfies never;
  }
}

function inWords(properties: ImageProperties): string {
  return Object.entries(properties).map(([name, value]) => `${name}=${value}`).join(', ');
}
