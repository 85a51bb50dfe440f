import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../../../telemetry/logger.ts';
import { parseAgentConfig } from '../agent-config.ts';
import type { AgentState } from '../agent-state.ts';
import { AmphoraPaths } from '../amphora-paths.ts';
import { Refusal } from '../http/reply.ts';
import { createRouter } from '../http/router.ts';
import { Serial } from '../serial.ts';
import { ServiceFailed, type ServiceManager } from '../services/service-manager.ts';
import { Vrrp } from '../vrrp.ts';
import { vrrpRoutes } from './vrrp-routes.ts';

const VIP = '10.0.0.5';
const route = createRouter(vrrpRoutes);

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'octavia-vrrp-routes-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** An agent that ends keepalived so. */
async function agent(end: () => Promise<void>, addresses: string[]) {
  const paths = new AmphoraPaths(root, parseAgentConfig(''));
  await mkdir(dirname(paths.onHost(paths.vrrpConfig)), { recursive: true });
  await writeFile(paths.onHost(paths.vrrpConfig), `vrrp_instance a {\n  virtual_ipaddress {\n    ${VIP}\n  }\n}\n`);
  const services = { stop: vi.fn(end), running: vi.fn(async () => null) };
  const vrrp = new Vrrp({
    paths, services: services as unknown as ServiceManager, logFacility: () => 1, isWholeMachine: false,
    listLoadBalancers: async () => [], listLvsListeners: async () => [], listAddresses: async () => addresses,
  });
  const lines: string[] = [];
  const state = { vrrp, serials: { vrrp: new Serial() }, log: createLogger({ debug: false, json: true, write: (line) => lines.push(line) }) } as unknown as AgentState;
  return { lines, services, state, put: async (action: string) => { const { route: { handle }, params } = route('PUT', `/1.0/vrrp/${action}`); return handle(state, { params, body: Buffer.alloc(0) }); } };
}

describe('stopping keepalived', () => {
  it('is answered when the node has given its addresses away, before keepalived has ended', async () => {
    const ending = Promise.withResolvers<void>();
    const addresses = ['10.0.0.11', VIP];
    const { put, services, state } = await agent(() => ending.promise, addresses);
    const answers: number[] = [];
    const stopped = put('stop').then(({ status }) => answers.push(status));
    await vi.waitFor(() => expect(services.stop).toHaveBeenCalled(), { timeout: 15_000 });
    expect(answers).toEqual([]);
    addresses.pop();
    await stopped;
    expect(answers).toEqual([202]);
    // What comes next waits for its end.
    const next = state.serials.vrrp.run(async () => 'next');
    expect(await Promise.race([next, Promise.resolve('waits')])).toBe('waits');
    ending.resolve();
    expect(await next).toBe('next');
  });

  it('is answered with its end where an address stays', async () => {
    const { put } = await agent(async () => {}, [VIP]);
    expect((await put('stop')).status).toBe(202);
  });

  it('that fails says so: in the answer, or in the log once the answer is given', async () => {
    const failure = new ServiceFailed('octavia-keepalived', 'does not end', 'what it printed');
    const holder = await agent(() => Promise.reject(failure), [VIP]);
    await expect(holder.put('stop')).rejects.toThrow(Refusal);
    const ending = Promise.withResolvers<void>();
    const other = await agent(() => ending.promise, []);
    expect((await other.put('stop')).status).toBe(202);
    ending.reject(failure);
    await vi.waitFor(() => expect(other.lines.join('')).toContain('what it printed'), { timeout: 15_000 });
  });
});
