import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../../src/lib/run.ts';

export interface MachineOptions {
  readonly directory: string;
  /** Raw disk that is left as it is; what the machine writes goes to a file of its own. */
  readonly image: string;
  readonly configDrive: string;
  readonly management: { readonly tap: string; readonly mac: string };
  readonly diskGib: number;
}

/** A virtual machine without hardware support: some twenty times slower than a cloud's. */
export interface Machine {
  readonly console: string;
  isRunning(): boolean;
  /** Plugs a network card in while the machine runs, as Nova does. */
  plug(card: { readonly name: string; readonly tap: string; readonly mac: string }): Promise<void>;
  /** Presses the power button and waits until the machine is off. */
  powerDown(): Promise<void>;
  kill(): Promise<void>;
}

export async function createDisk({ directory, image, diskGib }: MachineOptions): Promise<void> {
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', 'raw', join(directory, 'disk.qcow2'), `${diskGib}G`]);
}

/** Starts the machine on the disk that createDisk made; `cards` are plugged in from the start. */
export async function startMachine(options: MachineOptions, cards: readonly { readonly name: string; readonly tap: string; readonly mac: string }[] = []): Promise<Machine> {
  const { directory, management } = options;
  const monitor = join(directory, 'monitor.sock');
  const consoleFile = join(directory, `console-${Date.now()}.log`);
  const card = (name: string, tap: string, mac: string): string[] => [
    '-netdev', `tap,id=${name},ifname=${tap},script=no,downscript=no`, '-device', `virtio-net-pci,netdev=${name},id=card-${name},mac=${mac},romfile=`,
  ];
  const child = spawn('qemu-system-x86_64', [
    '-machine', 'q35,accel=tcg', '-cpu', 'max', '-smp', '2', '-m', '1024', '-nodefaults', '-display', 'none', '-serial', `file:${consoleFile}`,
    '-drive', `file=${join(directory, 'disk.qcow2')},format=qcow2,if=virtio`, '-drive', `file=${options.configDrive},format=raw,if=virtio,readonly=on`,
    '-qmp', `unix:${monitor},server=on,wait=off`,
    ...card('management', management.tap, management.mac),
    ...cards.flatMap(({ name, tap, mac }) => card(name, tap, mac)),
    // A free slot for what is plugged in later.
    '-device', 'pcie-root-port,id=spare,chassis=1',
  ], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    console: consoleFile,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async plug({ name, tap, mac }) {
      await command(monitor, { execute: 'netdev_add', arguments: { type: 'tap', id: name, ifname: tap, script: 'no', downscript: 'no' } });
      await command(monitor, { execute: 'device_add', arguments: { driver: 'virtio-net-pci', netdev: name, id: `card-${name}`, mac, bus: 'spare', romfile: '' } });
    },
    async powerDown() {
      await command(monitor, { execute: 'system_powerdown' });
      await ended;
    },
    async kill() {
      killIfAlive(child);
      await ended;
    },
  };
}

/** Resolves with the lines of the console until now: what a failing test shows. */
export async function consoleLines(machine: Machine): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(machine.console) })) lines.push(line);
  return lines;
}

function killIfAlive(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}

/** One command of QEMU's monitor protocol; rejects with what it says is wrong. */
function command(socketPath: string, request: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.on('error', reject);
    let answers = 0;
    createInterface({ input: socket }).on('line', (line) => {
      const message = JSON.parse(line) as { QMP?: unknown; return?: unknown; error?: { desc: string } };
      if (message.QMP !== undefined) socket.write(`${JSON.stringify({ execute: 'qmp_capabilities' })}\n${JSON.stringify(request)}\n`);
      if (message.error) reject(new Error(message.error.desc));
      if (message.return === undefined) return;
      answers += 1;
      if (answers === 2) {
        socket.end();
        resolve();
      }
    });
  });
}
