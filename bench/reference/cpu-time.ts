import { readdirSync, readFileSync } from 'node:fs';

// Linux reports CPU time in hundredths of a second on every machine this runs on (USER_HZ).
const TICKS_PER_SECOND = 100;

/** CPU seconds that a process and all its living descendants have used so far, theirs and the kernel's for them. */
export function cpuSecondsOfTree(root: number): number {
  const processes = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync('/proc')) {
    const fields = /^\d+$/.test(name) ? statOf(name) : null;
    if (fields !== null) processes.set(Number(name), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
  }
  const sum = (pid: number): number => {
    let ticks = processes.get(pid)?.ticks ?? 0;
    for (const [child, { parent }] of processes) if (parent === pid) ticks += sum(child);
    return ticks;
  };
  return sum(root) / TICKS_PER_SECOND;
}

/** Memory of one process that is in RAM, in bytes. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** The fields of /proc/<pid>/stat from the state on (proc(5) field 3); null when the process has just ended. */
function statOf(pid: string): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}
