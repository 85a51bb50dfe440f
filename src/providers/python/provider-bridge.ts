import { OctaviaError } from '../../lib/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { ProviderError } from '../provider-driver.ts';
import { type BridgeArgument, type BridgeMessage, errorOfFault } from './bridge-messages.ts';
import { type PythonProgram, startPythonProgram } from './python-program.ts';
import { createRestartDelay } from './restart-delay.ts';

/** The interpreter, the entry point or something that it imports is missing. */
export class PythonProviderNotLoaded extends OctaviaError {
  constructor(provider: string, reason: string) {
    super('python-provider-not-loaded', `The Python provider ${provider} cannot be loaded: ${reason}`);
  }
}

export interface ProviderBridgeOptions {
  /** Name of the entry point of `octavia.api.drivers`. */
  readonly name: string;
  readonly interpreter: string;
  readonly configArguments: readonly string[];
  /** How long a caller waits for one answer, the start of the program included. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** A Python provider in a program of its own, which is started again whenever it ends. */
export interface ProviderBridge {
  /** Calls a method of the driver. Throws what the driver raised, or ProviderError when there is no answer in time. */
  call(method: string, args: readonly BridgeArgument[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Importing OpenStack's libraries takes seconds, on a busy machine many; systemd waits 90 s for a service to be ready. */
const LOAD_TIMEOUT_MS = 60_000;
const END_GRACE_MS = 12_000;
/** So many calls that are still unanswered block too many of the program's sixteen threads: it is started anew. */
const MOST_ABANDONED = 8;

/** Starts the program and waits until it has loaded the driver's class. Throws PythonProviderNotLoaded. */
export async function openProviderBridge(options: ProviderBridgeOptions): Promise<ProviderBridge> {
  const bridge = createBridge(options);
  try {
    await within(bridge.firstStart, LOAD_TIMEOUT_MS, () => new PythonProviderNotLoaded(options.name, `it was not ready after ${LOAD_TIMEOUT_MS / 1000} seconds`));
  } catch (error) {
    await bridge.close();
    throw error;
  }
  return bridge;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

function createBridge(options: ProviderBridgeOptions): ProviderBridge & { readonly firstStart: Promise<void> } {
  const { name, log } = options;
  const delay = createRestartDelay();
  const pending = new Map<number, Pending>();
  /** Calls whose callers still wait for a program that takes them. */
  const unsent = new Set<number>();
  /** Calls that nobody waits for any more and that the program still works on. */
  const abandoned = new Set<number>();
  const firstStart = Promise.withResolvers<void>();
  let nextId = 1;
  let isClosed = false;
  let restart: NodeJS.Timeout | undefined;
  /** The program that takes calls; rejected while the last start has failed and the next one waits. */
  let serving = promisedProgram();
  let program = start();

  /** One life of the program. */
  function start(): PythonProgram {
    const startedAt = performance.now();
    let failure: string | null = null;
    let wasReady = false;
    const started = startPythonProgram({
      ...options, mode: 'driver',
      onMessage: (message) => {
        if (message.kind === 'failed') failure = message.reason;
        else if (message.kind === 'result' || message.kind === 'fault') settle(message);
        else {
          wasReady = true;
          serving.resolve(started);
          firstStart.resolve();
        }
      },
      onEnd: (reason) => {
        const why = failure ?? reason;
        firstStart.reject(new PythonProviderNotLoaded(name, why));
        serving.reject(new ProviderError('The program of the provider is not running.', why));
        for (const { reject } of pending.values()) reject(new ProviderError('The program of the provider ended before it answered.', why));
        pending.clear();
        abandoned.clear();
        if (isClosed) return;
        // After a good life the next start is near: calls wait for it.
        if (wasReady) serving = promisedProgram();
        const waitMs = delay.next(performance.now() - startedAt);
        log.error({ provider: name, reason: why, waitMs }, 'The program of a Python provider ended and will be started again');
        restart = setTimeout(() => {
          if (!wasReady) serving = promisedProgram();
          program = start();
        }, waitMs);
      },
    });
    return started;
  }

  function settle(message: Extract<BridgeMessage, { kind: 'result' | 'fault' }>): void {
    const caller = pending.get(message.id);
    pending.delete(message.id);
    abandoned.delete(message.id);
    if (message.kind === 'result') return caller?.resolve(message.value);
    log.info({ provider: name, fault: message.fault.kind, text: message.fault.operator }, 'A Python provider refused a call');
    caller?.reject(errorOfFault(message.fault));
  }

  function giveUp(id: number): ProviderError {
    if (pending.delete(id)) abandoned.add(id);
    if (abandoned.size >= MOST_ABANDONED) program.kill();
    return new ProviderError(`The provider did not answer within ${options.timeoutMs / 1000} seconds.`);
  }

  async function ask(id: number, method: string, args: readonly BridgeArgument[]): Promise<unknown> {
    unsent.add(id);
    const server = await serving.promise;
    // What its caller was told has failed must not be done later.
    if (!unsent.delete(id)) throw new ProviderError('The call came too late for the program.');
    return await new Promise<unknown>((resolve, reject) => {
      pending.set(id, { resolve, reject });
      server.send(JSON.stringify({ id, method, arguments: args }));
    });
  }

  return {
    firstStart: firstStart.promise,
    call(method, args) {
      const id = nextId;
      nextId += 1;
      return within(ask(id, method, args), options.timeoutMs, () => giveUp(id)).finally(() => unsent.delete(id));
    },
    async close() {
      isClosed = true;
      clearTimeout(restart);
      await program.end(END_GRACE_MS);
    },
  };
}

function promisedProgram(): PromiseWithResolvers<PythonProgram> {
  const promised = Promise.withResolvers<PythonProgram>();
  // Whoever calls hears of a failed start; without a caller nobody has to.
  promised.promise.catch(() => undefined);
  return promised;
}

async function within<T>(work: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const handle = setTimeout(() => timer.reject(late()), timeoutMs);
  try {
    return await Promise.race([work, timer.promise]);
  } finally {
    clearTimeout(handle);
    // The one that came too late has nobody left to hear it.
    work.catch(() => undefined);
  }
}
