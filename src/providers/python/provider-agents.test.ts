import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../../telemetry/logger.ts';
import { type ProviderAgents, startProviderAgents } from './provider-agents.ts';

/** Plays the Python program of an agent, started by a script that has something to say first. */
const INTERPRETER = `#!${process.execPath}
process.stdout.write('Activated /opt/venv\\n' + JSON.stringify({ ready: true }) + '\\n');
process.stdin.resume().on('end', () => process.exit(0));
`;

let directory: string;
let agents: ProviderAgents | null;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-agents-'));
  writeFileSync(join(directory, 'python'), INTERPRETER);
  chmodSync(join(directory, 'python'), 0o755);
  agents = null;
});
afterEach(async () => {
  await agents?.close();
  rmSync(directory, { recursive: true });
});

it('a provider agent may say what is no message', async () => {
  const logged: string[] = [];
  const log = createLogger({ json: true, write: (line) => void logged.push(line) });
  agents = startProviderAgents({ names: ['acme'], interpreter: join(directory, 'python'), configArguments: [], shutdownTimeoutMs: 20_000, log });
  await expect.poll(() => logged.join(''), { timeout: 15_000 }).toContain('Provider agent started');
  expect(logged.join('')).toContain('Activated /opt/venv');
});
