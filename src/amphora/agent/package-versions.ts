import { existsSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { CommandFailed, run } from '../../lib/run.ts';

export interface PackageVersions {
  readonly haproxy: string;
  readonly keepalived: string;
  readonly ipvsadm: string;
}

/**
 * Versions of the installed programs in the words of the programs themselves; empty for what is not there. A program is
 * asked again when its file has changed: an upgrade of the machine must show without a restart of the agent.
 */
export async function packageVersions(haproxyCommand: string): Promise<PackageVersions> {
  const [haproxy, keepalived, ipvsadm] = await Promise.all([
    haproxyVersion(haproxyCommand),
    versionOf(['keepalived', '--version'], /Keepalived v(\S+)/),
    versionOf(['ipvsadm', '--version'], /ipvsadm v(\S+)/),
  ]);
  return { haproxy, keepalived, ipvsadm };
}

/** As `packageVersions`, haproxy's alone. */
export function haproxyVersion(haproxyCommand: string): Promise<string> {
  return versionOf([haproxyCommand, '-v'], /version (\S+)/i);
}

/** By the program's file and its time: every agent of this process asks for the same ones. */
const known = new Map<string, Promise<string>>();

function versionOf(command: readonly string[], pattern: RegExp): Promise<string> {
  const file = findProgram(command[0] ?? '');
  if (file === null) return Promise.resolve('');
  const key = `${file} ${statSync(file).mtimeMs}`;
  const asked = known.get(key) ?? askVersion(command, pattern);
  known.set(key, asked);
  return asked;
}

function findProgram(program: string): string | null {
  if (isAbsolute(program)) return existsSync(program) ? program : null;
  const found = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, program)).find((file) => existsSync(file));
  return found ?? null;
}

async function askVersion([program = '', ...args]: readonly string[], pattern: RegExp): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, args);
    return pattern.exec(stdout + stderr)?.[1] ?? '';
  } catch (error) {
    if (error instanceof CommandFailed) return '';
    throw error;
  }
}
