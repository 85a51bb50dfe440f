import { constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { OctaviaError, reasonOf } from '../../../lib/errors.ts';
import { ipBatch, listLinks } from '../../../lib/linux/ip-batch.ts';
import { CommandFailed } from '../../../lib/run.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { PlugNetworkBody, PlugVipBody } from '../../protocol/agent-api.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { isMissingFile } from '../../../lib/missing-file.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';
import type { World } from '../world.ts';
import { bringUp } from './bring-up.ts';
import { familyOf, memberInterface, vipInterface } from './interface-file.ts';
import type { InterfaceFile, Topology } from './interface-file.ts';
import { normalAddress } from './plan-interface.ts';
import { listInterfaces } from './read-interface.ts';
import type { AmphoraInterface } from './read-interface.ts';

const VIP_INTERFACE = 'eth1';

/** No interface with that MAC address yet: the caller tries again until the hypervisor has plugged it. */
export class InterfaceMissing extends OctaviaError {
  constructor(mac: string) {
    super('interface-missing', `No interface with MAC address ${mac}`, { retry: 'wait' });
  }
}

export interface PluggerOptions {
  readonly paths: AmphoraPaths;
  readonly world: World;
  readonly topology: () => Topology;
  readonly log: Logger;
}

/** Gives interfaces their names, addresses, routes and rules. */
export class InterfacePlugger {
  readonly #options: PluggerOptions;
  /** Interfaces that could not be brought to their files, with the reasons. */
  readonly #broken = new Map<string, string>();

  constructor(options: PluggerOptions) {
    this.#options = options;
  }

  /** Returns the interface's name, or null when this VIP interface is plugged already. Throws InterfaceMissing, InvalidAddress. */
  async plugVip(vip: string, body: PlugVipBody): Promise<string | null> {
    const file = vipInterface({ name: VIP_INTERFACE, vip, body, mtu: body.mtu ?? null, topology: this.#options.topology() });
    const found = await this.#find(body.mac_address);
    if (!this.#broken.has(VIP_INTERFACE) && (await this.#isPlugged(found))) return null;
    await this.#configure(found, file);
    await this.mend();
    return VIP_INTERFACE;
  }

  /** Plugs a member network, or brings the interface that is plugged already to new addresses. */
  async plugNetwork(body: PlugNetworkBody): Promise<{ readonly name: string; readonly isNew: boolean }> {
    const found = await this.#find(body.mac_address);
    const recorded = (await this.#recorded()).get(found.mac);
    // A broken one may not even have got its name yet.
    const known = recorded !== undefined && (recorded === found.name || this.#broken.has(recorded)) ? recorded : null;
    const isNew = known === null;
    const name = known ?? (await this.#nextName());
    const vip = body.vip_net_info;
    const file = !isNew && vip
      ? vipInterface({ name, vip: vip.vip, body: { ...vip, is_sriov: body.is_sriov === true }, mtu: body.mtu ?? null, topology: this.#options.topology(), fixedIps: body.fixed_ips ?? [] })
      : memberInterface(name, body);
    await this.#configure(found, file);
    await this.mend();
    return { name, isNew };
  }

  /** Name of the interface that has the address, null when none has. Throws InvalidAddress. */
  async interfaceOf(address: string): Promise<string | null> {
    familyOf(address);
    const wanted = normalAddress(address);
    const interfaces = await listInterfaces(this.#options.world.netns);
    return interfaces.find((entry) => entry.addresses.some((info) => normalAddress(info.address) === wanted))?.name ?? null;
  }

  /**
   * Tells the network where these addresses are. Setting an interface's MAC address, even to the same one, makes the
   * kernel announce every address on it (arp_notify, ndisc_notify). Addresses that are not here are skipped.
   */
  async announce(addresses: readonly string[]): Promise<void> {
    const { world, log } = this.#options;
    const wanted = new Set(addresses.map(normalAddress));
    try {
      const owners = (await listInterfaces(world.netns)).filter((entry) => entry.isUp && entry.addresses.some((info) => wanted.has(normalAddress(info.address))));
      await ipBatch(owners.map((owner) => `link set dev ${owner.name} address ${owner.mac}`), { netns: world.netns });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      log.warn({ addresses, reason: reasonOf(error) }, 'Addresses were not announced');
    }
  }

  /** Interfaces that could not be set up, with the reasons; each is tried again by `mend` and whenever it is plugged. */
  get broken(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#broken);
  }

  /** False while the VIP's interface is not as it should be: then nobody reaches the listeners. */
  get servesVip(): boolean {
    return !this.#broken.has(VIP_INTERFACE);
  }

  /** After a reboot: every interface that has a file gets its name and its configuration again. One that cannot be set up keeps no other back. */
  async restore(): Promise<void> {
    for (const [mac, name] of await this.#recorded()) await this.#restoreOne(mac, name);
  }

  /** Tries again what could not be set up. */
  async mend(): Promise<void> {
    if (this.#broken.size === 0) return;
    const broken = [...(await this.#recorded())].filter(([, name]) => this.#broken.has(name));
    for (const [mac, name] of broken) await this.#restoreOne(mac, name);
  }

  async #restoreOne(mac: string, name: string): Promise<void> {
    const { log } = this.#options;
    try {
      const file = await this.#readFile(name);
      if (file !== null) await this.#apply(await this.#find(mac), file);
      if (this.#broken.delete(name)) log.info({ mac, name }, 'An interface that could not be set up is as it should be');
    } catch (error) {
      const reason = reasonOf(error);
      // What is not there comes back when it is plugged.
      if (error instanceof InterfaceMissing) this.#broken.delete(name);
      else if (this.#broken.get(name) === reason) return;
      else this.#broken.set(name, reason);
      log[error instanceof InterfaceMissing ? 'warn' : 'error']({ mac, name, reason }, 'An interface could not be restored');
    }
  }

  async #configure(found: AmphoraInterface, file: InterfaceFile): Promise<void> {
    const { paths } = this.#options;
    await replaceFile(paths.onHost(paths.interfaceFile(file.name)), JSON.stringify(file), 0o644);
    // Recorded last: what failed half-way is not plugged, and the next attempt does all of it again.
    await this.#apply(found, file);
    await this.#record(found.mac, file.name);
    this.#broken.delete(file.name);
  }

  async #apply(found: AmphoraInterface, file: InterfaceFile): Promise<void> {
    const { world, paths, log } = this.#options;
    const isNamed = found.name === file.name;
    await bringUp({ world, paths, log }, isNamed ? found : { ...found, name: file.name, isUp: false }, file, isNamed ? [] : renaming(found.name, file.name));
  }

  /** The interface with that MAC address, in the amphora's namespace or (in a virtual machine) still outside. */
  async #find(mac: string): Promise<AmphoraInterface> {
    const { world } = this.#options;
    const wanted = mac.toLowerCase();
    const inside = (await listInterfaces(world.netns)).find((entry) => entry.mac === wanted);
    if (inside) return inside;
    if (world.isWholeMachine) {
      const outside = (await listLinks()).find((link) => link.mac.toLowerCase() === wanted);
      if (outside) {
        // The kernel gives a new card the name that the one before it left free here, and that one may bear it inside.
        const name = `new${wanted.replaceAll(':', '')}`;
        await ipBatch([`link set dev ${outside.name} down`, `link set dev ${outside.name} netns ${world.netns} name ${name}`]);
        return { name, mac: wanted, mtu: outside.mtu, isUp: false, addresses: [], bytes: { tx: 0, rx: 0 } };
      }
      await rescanPciBus();
    }
    throw new InterfaceMissing(mac);
  }

  /** Plugged is what bears the name that was recorded for its MAC address. */
  async #isPlugged(found: AmphoraInterface): Promise<boolean> {
    return (await this.#recorded()).get(found.mac) === found.name;
  }

  async #nextName(): Promise<string> {
    const taken = new Set((await listInterfaces(this.#options.world.netns)).map((entry) => entry.name));
    for (let index = 2; ; index += 1) if (!taken.has(`eth${index}`)) return `eth${index}`;
  }

  async #recorded(): Promise<Map<string, string>> {
    const { paths } = this.#options;
    const text = (await readTextOrNull(paths.onHost(paths.pluggedInterfaces))) ?? '';
    return new Map(text.split('\n').map((line) => line.trim().split(/\s+/)).flatMap(([mac, name]) => (mac && name ? [[mac.toLowerCase(), name] as const] : [])));
  }

  /** The newest owner of a name counts: a port that was replaced leaves its line behind otherwise. */
  async #record(mac: string, name: string): Promise<void> {
    const { paths } = this.#options;
    const others = [...(await this.#recorded())].filter(([otherMac, otherName]) => otherMac !== mac && otherName !== name);
    const lines = [...others, [mac, name] as const].map(([entryMac, entryName]) => `${entryMac} ${entryName}\n`);
    await replaceFile(paths.onHost(paths.pluggedInterfaces), lines.join(''), 0o644);
  }

  async #readFile(name: string): Promise<InterfaceFile | null> {
    const { paths } = this.#options;
    const text = await readTextOrNull(paths.onHost(paths.interfaceFile(name)));
    return text === null ? null : (JSON.parse(text) as InterfaceFile);
  }
}

/** An interface must be down for that. */
function renaming(name: string, wanted: string): readonly string[] {
  return [`link set dev ${name} down`, `link set dev ${name} name ${wanted}`];
}

/** A hot-plugged interface may wait for the kernel to look at the bus again. */
async function rescanPciBus(): Promise<void> {
  // The file can only be written.
  await writeFile('/sys/bus/pci/rescan', '1', { flag: constants.O_WRONLY }).catch((error: unknown) => {
    if (!isMissingFile(error)) throw error;
  });
}
