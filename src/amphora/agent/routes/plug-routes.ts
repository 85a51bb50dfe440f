import type { PlugNetworkBody, PlugVipBody } from '../../protocol/agent-api.ts';
import type { AgentState } from '../agent-state.ts';
import { HttpFault, json, ok, Refusal } from '../http/reply.ts';
import type { Reply } from '../http/reply.ts';
import type { AgentRequest, Route } from '../http/router.ts';
import { BringUpFailed } from '../interfaces/bring-up.ts';
import { InvalidAddress } from '../interfaces/interface-file.ts';
import { InterfaceMissing } from '../interfaces/plug.ts';
import { InvalidInterfaceRules, parseInterfaceRules, setRules } from '../interfaces/sriov-rules.ts';

export const plugRoutes: readonly Route<AgentState>[] = [
  { method: 'POST', path: '/1.0/plug/vip/:ip', handle: plugVip },
  { method: 'POST', path: '/1.0/plug/network', handle: plugNetwork },
  { method: 'GET', path: '/1.0/interface/:ip', handle: findInterface },
  { method: 'PUT', path: '/1.0/interface/:ip/rules', handle: putRules },
];

async function plugVip(state: AgentState, { params, body }: AgentRequest): Promise<Reply> {
  const request = parseObject(body, ['subnet_cidr', 'gateway', 'mac_address'], 'Invalid subnet information') as unknown as PlugVipBody;
  const vip = params['ip'] ?? '';
  try {
    const name = await state.serials.network.run(() => state.plugger.plugVip(vip, request));
    if (name === null) return json(409, { message: 'Interface already exists' });
    const addresses = [vip, ...(request.additional_vips ?? []).map((additional) => additional.ip_address)];
    return ok(202, `VIPs plugged on interface ${name}: ${addresses.join(', ')}`);
  } catch (error) {
    if (error instanceof InvalidAddress) return json(400, { message: `Invalid VIP: ${error.message}` });
    throw asRefusal(error, 'VIP');
  }
}

async function plugNetwork(state: AgentState, { body }: AgentRequest): Promise<Reply> {
  const request = parseObject(body, ['mac_address'], 'Invalid port information') as unknown as PlugNetworkBody;
  try {
    const { name, isNew } = await state.serials.network.run(() => state.plugger.plugNetwork(request));
    // A new link announces its addresses by itself when it goes up.
    if (!isNew) await state.plugger.announce((request.fixed_ips ?? []).map((fixed) => fixed.ip_address));
    return ok(202, isNew ? `Plugged on interface ${name}` : `Updated existing interface ${name}`);
  } catch (error) {
    if (error instanceof InvalidAddress) return json(400, { message: 'Invalid network port' });
    throw asRefusal(error, 'network');
  }
}

async function findInterface(state: AgentState, { params }: AgentRequest): Promise<Reply> {
  return json(200, { message: 'OK', interface: await requireInterface(state, params['ip'] ?? '') });
}

async function putRules(state: AgentState, { params, body }: AgentRequest): Promise<Reply> {
  const name = await requireInterface(state, params['ip'] ?? '');
  try {
    const rules = parseInterfaceRules(parseJson(body, 'Invalid rules information'));
    await state.serials.network.run(() => setRules(state, name, rules));
    return ok();
  } catch (error) {
    if (error instanceof InvalidInterfaceRules) throw new HttpFault(400, error.message);
    throw error;
  }
}

async function requireInterface(state: AgentState, ip: string): Promise<string> {
  try {
    const name = await state.plugger.interfaceOf(ip);
    if (name !== null) return name;
  } catch (error) {
    if (error instanceof InvalidAddress) throw new Refusal(400, 'Invalid IP address');
    throw error;
  }
  throw new Refusal(404, 'Error interface not found for IP address');
}

/** The original's client tries again on exactly this sentence in `details`. */
function asRefusal(error: unknown, what: string): unknown {
  if (error instanceof InterfaceMissing) return new Refusal(404, null, 'No suitable network interface found');
  if (error instanceof BringUpFailed) return new Refusal(500, `Error plugging ${what}`, error.output);
  return error;
}

function parseObject(body: Buffer, required: readonly string[], complaint: string): Readonly<Record<string, unknown>> {
  const value = parseJson(body, complaint);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !required.every((name) => name in value)) throw new HttpFault(400, complaint);
  const object: Readonly<Record<string, unknown>> = { ...value };
  if (typeof object['mac_address'] !== 'string') throw new HttpFault(400, complaint);
  return object;
}

function parseJson(body: Buffer, complaint: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new HttpFault(400, complaint);
    throw error;
  }
}
