import { until } from '../harness/until.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Tree {
  readonly id: string;
  readonly provisioning_status: string;
  readonly [field: string]: unknown;
}

/** A caller of one API with fixed headers. */
export interface Caller {
  call(method: string, path: string, body?: object): Promise<Answer>;
  /** The one object in the answer, an empty one when there is no body; throws unless it is a success. */
  object(method: string, path: string, body?: object): Promise<Tree>;
  /** Waits until the load balancer is ACTIVE; throws as soon as it is in ERROR. */
  active(loadBalancerId: string, timeoutMs?: number): Promise<void>;
  /** Waits until it is not there any more. */
  gone(loadBalancerId: string, timeoutMs?: number): Promise<void>;
}

export function callerOf(url: string, headers: Readonly<Record<string, string>> = {}): Caller {
  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${url}/v2.0${path}`, {
      method, headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const object = async (method: string, path: string, body?: object): Promise<Tree> => {
    const { status, text } = await call(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return (text === '' ? null : Object.values(JSON.parse(text) as Record<string, Tree>)[0]) ?? { id: '', provisioning_status: '' };
  };
  const statusOf = async (id: string): Promise<string> => {
    const { status, text } = await call('GET', `/lbaas/loadbalancers/${id}`);
    return status === 404 ? 'GONE' : (JSON.parse(text) as { loadbalancer: Tree }).loadbalancer.provisioning_status;
  };
  return {
    call,
    object,
    async active(id, timeoutMs = 120_000) {
      await until(`${id} ACTIVE`, async () => {
        const status = await statusOf(id);
        if (status === 'ERROR') throw new Error(`${id} is in ERROR`);
        return status === 'ACTIVE';
      }, timeoutMs);
    },
    gone: (id, timeoutMs = 120_000) => until(`${id} gone`, async () => ['GONE', 'DELETED'].includes(await statusOf(id)), timeoutMs),
  };
}
