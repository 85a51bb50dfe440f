/** Sends a signal; a process that has ended meanwhile is success. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Ends a process that is not asked; one that has ended already is success. */
export function killHard(pid: number): void {
  kill(pid, 'SIGKILL');
}
