import { connect } from 'node:net';
import { createFrameReader, encodeFrame } from '../driver-agent/frame.ts';
import { OctaviaError } from '../lib/errors.ts';
import { isJsonObject } from '../model/resources/decode-body.ts';
import type { ProviderDict } from './provider-driver.ts';

/** The driver agent refused a report or could not be asked; `object` and `objectId` name the record at fault. */
export class ReportRefused extends OctaviaError {
  readonly object: string | null;
  readonly objectId: string | null;

  constructor(reason: string, options: { object?: string | null; objectId?: string | null; cause?: unknown } = {}) {
    super('driver-agent-refused', reason, { retry: 'retry', cause: options.cause });
    this.object = options.object ?? null;
    this.objectId = options.objectId ?? null;
  }
}

export type ProviderObjectList = 'loadbalancers' | 'listeners' | 'pools' | 'members' | 'healthmonitors' | 'l7policies' | 'l7rules';

export interface StatusReport {
  readonly id: string;
  readonly provisioning_status?: string;
  readonly operating_status?: string;
}

export interface StatisticsReport {
  readonly id: string;
  readonly active_connections: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly request_errors: number;
  readonly total_connections: number;
}

/** What octavia-lib's DriverLibrary is for Python: how a provider reports to Octavia and looks objects up, through the driver agent. */
export interface DriverLibrary {
  /** Throws ReportRefused. */
  updateLoadBalancerStatus(status: Readonly<Partial<Record<ProviderObjectList, readonly StatusReport[]>>>): Promise<void>;
  /** Absolute figures. Throws ReportRefused. */
  updateListenerStatistics(listeners: readonly StatisticsReport[]): Promise<void>;
  /** The whole object, or null when there is none. Throws ReportRefused. */
  get(list: ProviderObjectList, id: string): Promise<ProviderDict | null>;
}

export interface DriverLibrarySettings {
  readonly status_socket_path: string;
  readonly stats_socket_path: string;
  readonly get_socket_path: string;
}

/** As octavia-lib: half a minute for one answer. */
const TIMEOUT_MS = 30_000;

export function createDriverLibrary(settings: DriverLibrarySettings): DriverLibrary {
  const report = async (path: string, request: object): Promise<void> => {
    const answer = await ask(path, request);
    if (answer['status_code'] === 200) return;
    throw new ReportRefused(String(answer['fault_string']), { object: textOf(answer['status_object'] ?? answer['stats_object']), objectId: textOf(answer['status_object_id']) });
  };
  return {
    updateLoadBalancerStatus: (status) => report(settings.status_socket_path, status),
    updateListenerStatistics: (listeners) => report(settings.stats_socket_path, { listeners }),
    async get(list, id) {
      const answer = await ask(settings.get_socket_path, { object: list, id });
      return Object.keys(answer).length === 0 ? null : answer;
    },
  };
}

function ask(path: string, request: object): Promise<ProviderDict> {
  return new Promise((resolve, reject) => {
    const reader = createFrameReader();
    const socket = connect(path);
    const fail = (reason: string, cause?: unknown): void => {
      socket.destroy();
      reject(new ReportRefused(reason, { cause }));
    };
    socket.setTimeout(TIMEOUT_MS, () => fail(`The driver agent did not answer within ${TIMEOUT_MS / 1000} seconds.`));
    socket.once('error', (error) => fail(`The driver agent cannot be asked: ${error.message}`, error));
    socket.once('close', () => fail('The driver agent ended the connection without an answer.'));
    socket.on('data', (chunk: Buffer) => {
      try {
        const answer = reader.push(chunk);
        if (answer === null) return;
        if (!isJsonObject(answer.value)) throw new ReportRefused('The driver agent answered no object.');
        resolve(answer.value);
        socket.destroy();
      } catch (error) {
        fail('The driver agent failed to answer.', error);
      }
    });
    socket.write(encodeFrame(request));
  });
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
