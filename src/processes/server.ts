import { CloudClient, type Json } from './embedded/cloud-client.ts';

const collection = '/octavia-embedded/v1/servers';

/** `octavia server create`: a namespace on a network of the running `up` that plays a virtual machine. */
export async function createServer(options: { name: string; network: string; address?: string; serve?: string; command: readonly string[]; dataDir: string }): Promise<void> {
  const client = await CloudClient.signIn(options.dataDir);
  const server = await client.create(collection, 'server', {
    name: options.name,
    network: options.network,
    ...(options.address !== undefined && { address: options.address }),
    ...(options.serve !== undefined && { serve: options.serve }),
    ...(options.command.length > 0 && { command: options.command }),
  });
  printServers([server]);
}

export async function listServers(options: { dataDir: string }): Promise<void> {
  const client = await CloudClient.signIn(options.dataDir);
  printServers(await client.list(collection, 'servers'));
}

export async function deleteServers(options: { names: readonly string[]; dataDir: string }): Promise<void> {
  const client = await CloudClient.signIn(options.dataDir);
  for (const name of options.names) await client.request('DELETE', `${collection}/${encodeURIComponent(name)}`);
}

function printServers(servers: readonly Json[]): void {
  for (const server of servers) process.stdout.write(`${String(server['name'])}\t${String(server['address'])}\t${String(server['status'])}\n`);
}
