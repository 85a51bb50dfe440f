import { CommandFailed, run } from '../../lib/run.ts';

export interface PackageVersions {
  readonly haproxy: string;
  readonly keepalived: string;
  readonly ipvsadm: string;
}

/**
 * Versions of the installed programs in the words of the programs themselves; empty for what is not there. Asked each time:
 * an upgrade of the machine must show without a restart of the agent.
 */
export async function packageVersions(haproxyCommand: string): Promise<PackageVersions> {
  const [haproxy, keepalived, ipvsadm] = await Promise.all([
    versionOf([haproxyCommand, '-v'], /version (\S+)/i),
    versionOf(['keepalived', '--version'], /Keepalived v(\S+)/),
    versionOf(['ipvsadm', '--version'], /ipvsadm v(\S+)/),
  ]);
  return { haproxy, keepalived, ipvsadm };
}

async function versionOf([program = '', ...args]: readonly string[], pattern: RegExp): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, args);
    return pattern.exec(stdout + stderr)?.[1] ?? '';
  } catch (error) {
    if (error instanceof CommandFailed) return '';
    throw error;
  }
}
