import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../telemetry/logger.ts';
import { NotImplementedByProvider, ProviderConflict, ProviderError, ProviderResourceNotFound, UnsupportedOption } from '../provider-driver.ts';
import { openProviderBridge, type ProviderBridge, PythonProviderNotLoaded } from './provider-bridge.ts';

/** Plays the Python program: answers its arguments, and does what a method's name says. */
const INTERPRETER = `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
const starts = process.argv[1] && __dirname + '/starts';
appendFileSync(starts, process.argv.slice(2).join(' ') + '\\n');
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
const life = readFileSync(starts, 'utf8').split('\\n').length - 1;
const name = process.argv[4];
if (name === 'missing') { say({ failed: 'No such entry point' }); process.exit(1); }
process.stderr.write(JSON.stringify({ level: 'WARNING', logger: 'acme', message: 'hello' }) + '\\nplain text\\n');
if (name === 'late' && life > 1) require('node:child_process').execSync('while [ ! -e ' + __dirname + '/go ]; do sleep 0.05; done');
say({ ready: true });
const held = [];
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, arguments: args } = JSON.parse(line);
  if (method === 'die') process.exit(3);
  if (method === 'hang') return;
  if (method === 'write') appendFileSync(__dirname + '/written', 'x');
  if (method === 'hold') return void held.push(id);
  if (method === 'let go') for (const late of held.splice(0)) say({ id: late, result: 'late' });
  if (method === 'babble') return void process.stdout.write('no json\\n' + JSON.stringify({ id, result: 'still here' }) + '\\n');
  if (method.startsWith('fault ')) return say({ id, fault: { kind: method.slice(6), user: 'for the user', operator: 'for the operator' } });
  say({ id, result: { life, args } });
}).on('close', () => process.exit(0));
`;

let directory: string;
let bridge: ProviderBridge | null;
let logged: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-bridge-'));
  writeFileSync(join(directory, 'python'), INTERPRETER);
  chmodSync(join(directory, 'python'), 0o755);
  bridge = null;
  logged = [];
});
afterEach(async () => {
  await bridge?.close();
  rmSync(directory, { recursive: true });
});

async function open(options: { name?: string; interpreter?: string; timeoutMs?: number } = {}): Promise<ProviderBridge> {
  const log = createLogger({ json: true, write: (line) => void logged.push(line) });
  bridge = await openProviderBridge({
    name: 'acme', interpreter: join(directory, 'python'), configArguments: ['--config-file', '/etc/octavia/octavia.conf'], timeoutMs: 20_000, log, ...options,
  });
  return bridge;
}

describe('the program of a Python provider', () => {
  it('is told its name and configuration, and answers calls in any order', async () => {
    const opened = await open();
    const answers = await Promise.all([1, 2, 3].map((value) => opened.call('m', [{ value }])));
    expect(answers).toEqual([1, 2, 3].map((value) => ({ life: 1, args: [{ value }] })));
    expect(readFileSync(join(directory, 'starts'), 'utf8')).toMatch(/^\S*octavia_provider_bridge\.py driver acme --config-file \/etc\/octavia\/octavia\.conf\n$/);
  });

  it.each([
    ['unsupported_option', UnsupportedOption], ['not_implemented', NotImplementedByProvider], ['conflict', ProviderConflict], ['not_found', ProviderResourceNotFound], ['driver_error', ProviderError], ['something else', ProviderError],
  ])('%s becomes the error that the API knows', async (kind, expected) => {
    const refused = (await open()).call(`fault ${kind}`, []);
    await expect(refused).rejects.toBeInstanceOf(expected);
    await expect(refused).rejects.toThrow('for the user');
    expect(logged.join('')).toContain('for the operator');
  });

  it('that ends fails the calls under way and is started again for the next ones', async () => {
    const opened = await open();
    const waiting = expect(opened.call('hang', [])).rejects.toThrow('ended before it answered');
    await expect(opened.call('die', [])).rejects.toThrow(ProviderError);
    await waiting;
    expect(await opened.call('m', [])).toMatchObject({ life: 2 });
  });

  it('that does not answer in time fails that call only, and is replaced when it does so again and again', async () => {
    const opened = await open({ timeoutMs: 1000 });
    await expect(opened.call('hang', [])).rejects.toThrow('The provider did not answer within 1 seconds.');
    expect(await opened.call('m', [])).toMatchObject({ life: 1 });
    await Promise.all(Array.from({ length: 7 }, () => expect(opened.call('hang', [])).rejects.toThrow('did not answer')));
    await expect.poll(() => opened.call('m', []).catch(() => null), { timeout: 15_000 }).toMatchObject({ life: 2 });
  });

  it('that answers too late now and then is left alone: such calls block it no more', async () => {
    const opened = await open({ timeoutMs: 1000 });
    const hold = () => expect(opened.call('hold', [])).rejects.toThrow('did not answer');
    await Promise.all(Array.from({ length: 7 }, hold));
    await opened.call('let go', []);
    await hold();
    expect(await opened.call('m', [])).toMatchObject({ life: 1 });
  });

  it('never gets a call that nobody waits for any more', async () => {
    const opened = await open({ name: 'late', timeoutMs: 1000 });
    await expect(opened.call('die', [])).rejects.toThrow();
    await expect.poll(() => readFileSync(join(directory, 'starts'), 'utf8').split('\n').length - 1, { timeout: 15_000 }).toBe(2);
    await expect(opened.call('write', [])).rejects.toThrow('did not answer');
    writeFileSync(join(directory, 'go'), '');
    await expect.poll(() => opened.call('m', []).catch(() => null), { timeout: 15_000 }).toMatchObject({ life: 2 });
    expect(existsSync(join(directory, 'written'))).toBe(false);
  });

  it('may babble', async () => {
    expect(await (await open()).call('babble', [])).toBe('still here');
    expect(logged.join('')).toContain('unreadable answer');
    expect(logged.join('')).toContain('"text":"hello"');
    expect(logged.join('')).toContain('"text":"plain text"');
  });

  it.each([
    [{ name: 'missing' }, 'The Python provider missing cannot be loaded: No such entry point'], [{ interpreter: '/nonexistent/python' }, 'ENOENT'],
  ])('that cannot be loaded says why (%j)', async (options, reason) => {
    const opening = open(options);
    await expect(opening).rejects.toBeInstanceOf(PythonProviderNotLoaded);
    await expect(opening).rejects.toThrow(reason);
  });
});
