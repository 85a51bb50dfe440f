import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureDualCa } from '../../drivers/certs/create-ca.ts';
import { createLocalCertGenerator } from '../../drivers/certs/local-cert-generator.ts';
import { describeFile, prepareServerCa, retireServerCa, rotateClientCa, switchServerCa, type AuthorityFiles } from './authority-files.ts';

let directory: string;
let files: AuthorityFiles;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-authorities-'));
  const made = await ensureDualCa(directory);
  const serverTrust = join(directory, 'trusted.pem');
  writeFileSync(serverTrust, readFileSync(made.serverCaCert));
  files = { serverCa: made.serverCaCert, serverCaKey: made.serverCaKey, passphrase: null, serverTrust, clientTrust: made.clientCaCert, clientCertificate: made.clientCertAndKey };
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Agent { readonly pem: string; readonly trusts: string }

/** An agent as it was made with the files of now. */
async function makeAgent(): Promise<Agent> {
  const { certificatePem, privateKeyPem } = await createLocalCertGenerator({ caCertificate: files.serverCa, caPrivateKey: files.serverCaKey }).issue('amphora', 3600);
  return { pem: certificatePem + privateKeyPem, trusts: readFileSync(files.clientTrust, 'utf8') };
}

/** What a controller started with the files of now would say to it. */
async function speaks(agent: Agent, controller = { trusts: readFileSync(files.serverTrust, 'utf8'), shows: readFileSync(files.clientCertificate, 'utf8') }): Promise<boolean> {
  const server = createServer({ key: agent.pem, cert: agent.pem, ca: agent.trusts, requestCert: true, rejectUnauthorized: true }, (socket) => socket.end('hello'));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = connect({ port, host: '127.0.0.1', servername: 'amphora', ca: controller.trusts, key: controller.shows, cert: controller.shows });
  try {
    // A refused certificate ends a connection of TLS 1.3 after it seemed to stand.
    const [data] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown];
    return Buffer.isBuffer(data) && data.toString() === 'hello';
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  } finally {
    socket.destroy();
    server.close();
  }
}

const controllerNow = () => ({ trusts: readFileSync(files.serverTrust, 'utf8'), shows: readFileSync(files.clientCertificate, 'utf8') });

describe('a new server authority', () => {
  it('agents of either authority are reached at every step, by controllers that have made the step and by those that are one behind', async () => {
    const old = await makeAgent();
    const first = controllerNow();
    await prepareServerCa(files);
    const prepared = controllerNow();
    expect(await speaks(await makeAgent(), first)).toBe(true);
    switchServerCa(files);
    const renewed = await makeAgent();
    for (const controller of [prepared, controllerNow()]) for (const agent of [old, renewed]) expect(await speaks(agent, controller)).toBe(true);
    expect(() => retireServerCa(files, 3)).toThrow('3 amphorae');
    retireServerCa(files, 0);
    expect(await speaks(renewed)).toBe(true);
    expect(await speaks(old)).toBe(false);
    expect(describeFile(files.serverTrust)).toHaveLength(1);
  });

  it('a controller that was given the files of the switch is ready for the last step, and for the next change', async () => {
    await prepareServerCa(files);
    const [nextKey, nextCa] = [`${files.serverCaKey}.next`, `${files.serverCa}.next`];
    for (const [from, to] of [[nextKey, files.serverCaKey], [nextCa, files.serverCa]] as const) writeFileSync(to, readFileSync(from));
    retireServerCa(files, 0);
    expect([nextKey, nextCa].some((file) => existsSync(file))).toBe(false);
    for (const file of [files.serverCaKey, files.serverCa]) writeFileSync(`${file}.next`, readFileSync(file));
    const first = readFileSync(files.serverCa, 'utf8');
    await prepareServerCa(files);
    switchServerCa(files);
    expect(readFileSync(files.serverCa, 'utf8')).not.toBe(first);
    expect(await speaks(await makeAgent())).toBe(true);
  });

  it('a controller that was given the certificate of the switch and not its key keeps the only key it has, and is told to switch', async () => {
    await prepareServerCa(files);
    writeFileSync(files.serverCa, readFileSync(`${files.serverCa}.next`));
    const key = readFileSync(`${files.serverCaKey}.next`, 'utf8');
    expect(() => retireServerCa(files, 0)).toThrow('not switched');
    await expect(prepareServerCa(files)).rejects.toThrow('go on with switch');
    expect(readFileSync(`${files.serverCaKey}.next`, 'utf8')).toBe(key);
    switchServerCa(files);
    expect(await speaks(await makeAgent())).toBe(true);
  });

  it('a controller that has no key of the authority, as it signs nothing, retires the former one too', async () => {
    await prepareServerCa(files);
    writeFileSync(files.serverCa, readFileSync(`${files.serverCa}.next`));
    for (const file of [files.serverCaKey, `${files.serverCaKey}.next`]) rmSync(file);
    retireServerCa(files, 0);
    expect(readFileSync(files.serverTrust, 'utf8').trim()).toBe(readFileSync(files.serverCa, 'utf8').trim());
  });

  it('steps out of order are refused and change nothing', async () => {
    const before = readFileSync(files.serverTrust, 'utf8');
    expect(() => switchServerCa(files)).toThrow('prepare one first');
    await expect(prepareServerCa({ ...files, serverTrust: files.serverCa })).rejects.toThrow('name one file');
    expect(readFileSync(files.serverTrust, 'utf8')).toBe(before);
    await prepareServerCa(files);
    await expect(prepareServerCa(files)).rejects.toThrow('there already');
    expect(() => retireServerCa(files, 0)).toThrow('not switched');
    expect(() => switchServerCa({ ...files, serverTrust: files.serverCa })).toThrow('does not hold the next');
  });
});

describe('a step that was interrupted', () => {
  /** A directory in the way of the file's new content stops the step there. */
  const stoppedAt = async (file: string, step: () => unknown): Promise<void> => {
    mkdirSync(`${file}.new-content`);
    await expect((async () => step())()).rejects.toThrow('EISDIR');
    rmSync(`${file}.new-content`, { recursive: true });
  };

  it.each(['server_ca.key.pem.next', 'trusted.pem', 'server_ca.cert.pem.next'])('the next server authority can be prepared again after %s could not be written', async (name) => {
    const old = await makeAgent();
    await stoppedAt(join(directory, name), () => prepareServerCa(files));
    await prepareServerCa(files);
    switchServerCa(files);
    for (const agent of [old, await makeAgent()]) expect(await speaks(agent)).toBe(true);
  });

  it('a switch is ended whose key was in its place already, and refused where the key never came', async () => {
    await prepareServerCa(files);
    const key = `${files.serverCaKey}.next`;
    renameSync(key, `${key}.elsewhere`);
    expect(() => switchServerCa(files)).toThrow('copy it from the controller');
    renameSync(`${key}.elsewhere`, files.serverCaKey);
    switchServerCa(files);
    expect(await speaks(await makeAgent())).toBe(true);
  });

  it.each(['client_ca.key.pem.new', 'client.cert-and-key.pem', 'client_ca.cert.pem'])('the client authority can be renewed again with the same key after %s could not be written', async (name) => {
    const old = await makeAgent();
    const rotate = () => rotateClientCa(files, join(directory, 'client_ca.key.pem'), null);
    await stoppedAt(join(directory, name), rotate);
    expect(await speaks(old)).toBe(true);
    await rotate();
    for (const agent of [old, await makeAgent()]) expect(await speaks(agent)).toBe(true);
  });
});

describe('a new client authority', () => {
  it('agents that know only the former one accept the new certificate, new agents both', async () => {
    const old = await makeAgent();
    const former = controllerNow();
    await rotateClientCa(files, join(directory, 'client_ca.key.pem'), null);
    const fresh = await makeAgent();
    expect(await speaks(old)).toBe(true);
    expect(await speaks(fresh)).toBe(true);
    expect(await speaks(fresh, former)).toBe(true);
    // Without the voucher the old agent would refuse: the overlap is not an accident of the test.
    const chain = readFileSync(files.clientCertificate, 'utf8').match(/-----BEGIN [\s\S]+?-----END [^-]+-----\n?/g) ?? [];
    expect(await speaks(old, { trusts: controllerNow().trusts, shows: `${chain[0]}${chain[2]}` })).toBe(false);
  });

  it('a key that is not the authority\'s is refused', async () => {
    await expect(rotateClientCa(files, files.serverCaKey, null)).rejects.toThrow('is not the key');
  });

  it('a key that cannot be read is told by its file, with what it lacks', async () => {
    const encrypted = join(directory, 'encrypted.pem');
    writeFileSync(encrypted, createPrivateKey(readFileSync(join(directory, 'client_ca.key.pem'))).export({ type: 'pkcs8', format: 'pem', cipher: 'aes256', passphrase: 'right' }));
    await expect(rotateClientCa(files, encrypted, null)).rejects.toThrow(`${encrypted} cannot be used as the key of ${files.clientTrust}: is it encrypted? then give --passphrase`);
    await expect(rotateClientCa(files, encrypted, 'wrong')).rejects.toThrow(`${encrypted} cannot be used as the key of ${files.clientTrust}: is it another passphrase?`);
    await expect(rotateClientCa(files, files.clientTrust, null)).rejects.toThrow('it holds no private key in PEM');
  });
});
