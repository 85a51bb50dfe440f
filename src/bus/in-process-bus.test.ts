import { describe, expect, it } from 'vitest';
import type { Cast } from './bus.ts';
import { BusUnavailable } from './errors.ts';
import { createInProcessBus } from './in-process-bus.ts';

const cast = (id: string): Cast => ({ method: 'failover_amphora', args: { amphora_id: id } });
const turn = () => new Promise<void>((resolve) => void setImmediate(() => setImmediate(resolve)));

describe('the in-process bus', () => {
  it('delivers in a later turn, never inside cast()', async () => {
    const bus = createInProcessBus();
    const seen: Cast[] = [];
    await bus.consume((one) => seen.push(one));
    await bus.cast(cast('a'));
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual([cast('a')]);
  });

  it('gives each cast to exactly one of several consumers, in turn', async () => {
    const bus = createInProcessBus();
    const first: unknown[] = [];
    const second: unknown[] = [];
    await bus.consume((one) => first.push(one.args['amphora_id']));
    await bus.consume((one) => second.push(one.args['amphora_id']));
    for (const id of ['a', 'b', 'c', 'd']) await bus.cast(cast(id));
    await turn();
    expect([first, second]).toEqual([['a', 'c'], ['b', 'd']]);
  });

  it('keeps casts until somebody consumes, bounded by its backlog', async () => {
    const bus = createInProcessBus({ backlog: 2 });
    for (const id of ['a', 'b', 'c']) await bus.cast(cast(id));
    const seen: unknown[] = [];
    await bus.consume((one) => seen.push(one.args['amphora_id']));
    await turn();
    expect(seen).toEqual(['b', 'c']);
  });

  it('survives a handler that throws and says so', async () => {
    const codes: string[] = [];
    const bus = createInProcessBus({ onHandlerError: (error) => codes.push(error.code) });
    const seen: unknown[] = [];
    await bus.consume((one) => {
      seen.push(one);
      if (seen.length === 1) throw new Error('no');
    });
    await bus.cast(cast('a'));
    await bus.cast(cast('b'));
    await turn();
    expect(seen).toHaveLength(2);
    expect(codes).toEqual(['bus-handler-failed']);
  });

  it('stops delivery to a consumer that left and refuses casts when closed', async () => {
    const bus = createInProcessBus();
    const seen: unknown[] = [];
    const stop = await bus.consume((one) => seen.push(one));
    await stop();
    await bus.cast(cast('a'));
    await turn();
    expect(seen).toEqual([]);
    await bus.close();
    await expect(bus.cast(cast('b'))).rejects.toBeInstanceOf(BusUnavailable);
  });
});
