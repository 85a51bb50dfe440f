import { parseAgentConfig } from './agent-config.ts';
import type { AgentConfig } from './agent-config.ts';
import { replaceFile } from '../../lib/replace-file.ts';

/** Puts another amphora-agent.conf in place and has it taken over. Throws InvalidAgentConfig, and leaves everything as it was. */
export async function replaceConfigFile(file: string, ini: string, take: (config: AgentConfig) => void): Promise<void> {
  const config = parseAgentConfig(ini);
  await replaceFile(file, ini, 0o600);
  take(config);
}
