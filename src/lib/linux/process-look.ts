import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTicks: string;
}

/** What the kernel says of a process at one moment. */
export interface ProcessLook extends ProcessIdentity {
  /** One letter of proc(5): R runs or waits for a processor, S sleeps, D waits for a device or is frozen, T is stopped, Z has ended. */
  readonly state: string;
  readonly parent: number;
  /** Processor time it has used, in clock ticks. */
  readonly cpuTicks: number;
}

/** Null when there is no such process. */
export function lookAt(pid: number): ProcessLook | null {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The command name may contain spaces and parentheses: fields are counted from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTicks = fields[19];
  return startTicks === undefined ? null : { pid, startTicks, state: fields[0] ?? '', parent: Number(fields[1]), cpuTicks: Number(fields[11]) + Number(fields[12]) };
}

/** Null when there is no such process, or only its zombie. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const look = lookAt(pid);
  return look === null || look.state === 'Z' || look.state === 'X' ? null : { pid, startTicks: look.startTicks };
}

export function isSameProcessAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTicks === identity.startTicks;
}

/** Living children of the process's first thread; none on kernels without this list. */
export function childrenOf(pid: number): number[] {
  return (readProc(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return null;
    throw error;
  }
}
