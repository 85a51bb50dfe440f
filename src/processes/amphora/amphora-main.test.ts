import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../project.ts';

const USAGE = 'usage: amphora-agent [--config-file FILE]\n';
const agent = (...args: readonly string[]) => spawnSync(process.execPath, [join(projectRoot, 'src/processes/amphora/amphora-main.ts'), ...args], { env: { NODE_NO_WARNINGS: '1' }, encoding: 'utf8' });

describe('the program of an amphora', () => {
  it.each([[['--nonsense']], [['nonsense']], [['--config-file']]])('%j is told in a sentence, with how it is used', (args) => {
    const { status, stderr } = agent(...args);
    expect(stderr).toMatch(/^amphora-agent: .*(nonsense|config-file)/);
    expect(stderr.endsWith(USAGE)).toBe(true);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(status).toBe(1);
  });

  it('--help tells how it is used', () => {
    expect(agent('--help')).toMatchObject({ status: 0, stdout: USAGE, stderr: '' });
  });
});
