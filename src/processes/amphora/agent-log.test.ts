import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { replaceConfigFile } from '../../amphora/agent/replace-config.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { levelOf } from './agent-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'octavia-agent-config-'));
const file = join(directory, 'amphora-agent.conf');
afterAll(() => rmSync(directory, { recursive: true }));

it('an agent that is given another configuration logs as that says, and as before when it is refused', async () => {
  const lines: string[] = [];
  const log = createLogger({ level: levelOf(false), write: (line) => void lines.push(line) });
  const take = ({ isDebug }: { readonly isDebug: boolean }) => log.setLevel(levelOf(isDebug));
  writeFileSync(file, 'former');
  await expect(replaceConfigFile(file, '[DEFAULT]\ndebug = True\n[amphora_agent]\nagent_tls_protocol = none\n', take)).rejects.toThrow('agent_tls_protocol');
  log.debug({}, 'first');
  expect(readFileSync(file, 'utf8')).toBe('former');
  await replaceConfigFile(file, '[DEFAULT]\ndebug = True\n', take);
  log.debug({}, 'second');
  await replaceConfigFile(file, '[DEFAULT]\ndebug = False\n', take);
  log.debug({}, 'third');
  expect(lines.map((line) => /first|second|third/.exec(line)?.[0])).toEqual(['second']);
});
