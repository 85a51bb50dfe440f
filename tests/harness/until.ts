import { pause } from '../../src/processes/embedded/cloud-client.ts';

/** Waits until `holds` says true; throws naming what was waited for. The time is for the slowest machine: none that passes waits it out. */
export async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await holds()); await pause(50)) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
  }
}
