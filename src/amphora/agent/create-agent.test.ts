import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAgent } from './create-agent.ts';

const engine = vi.hoisted(() => ({ kind: 'nftables', isOpen: false, close: async () => void (engine.isOpen = false) }));
vi.mock('./lvs/choose-engine.ts', () => ({ chooseL4Engine: async () => Object.assign(engine, { isOpen: true }) }));
vi.mock('./boot-amphora.ts', () => ({ bootAmphora: () => Promise.reject(new Error('the interfaces are gone')) }));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'create-agent-'));
  mkdirSync(join(root, 'etc/octavia'), { recursive: true });
  writeFileSync(join(root, 'etc/octavia/amphora-agent.conf'), '[amphora_agent]\namphora_id = one\n');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Whether somebody takes haproxy's log. */
function takesLogs(): Promise<boolean> {
  const path = join(root, 'var/lib/octavia/log.sock');
  if (!existsSync(path)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

test('an agent that could not be started leaves nothing that runs: it is tried again, with a new one each time', async () => {
  await expect(createAgent({ amphoraId: 'one', root, netns: 'none' })).rejects.toThrow('the interfaces are gone');
  expect(engine.isOpen).toBe(false);
  expect(await takesLogs()).toBe(false);
});
