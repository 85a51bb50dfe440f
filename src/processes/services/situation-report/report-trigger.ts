import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import { missingAsNull } from './missing-as-null.ts';

export interface ReportTrigger {
  stop(): void;
}

export interface ReportTriggerOptions {
  /** Program, for the file's name. */
  readonly name: string;
  /** `[oslo_reports]` log_dir: reports become files there; null: standard error. */
  readonly directory: string | null;
  /** `[oslo_reports]` file_event_handler: a change of this file asks for a report, in place of SIGUSR2. */
  readonly watched: string | null;
  /** `[oslo_reports]` file_event_handler_interval */
  readonly intervalSeconds: number;
  readonly report: () => Promise<string>;
  readonly log: Logger;
}

/** Writes a report at every SIGUSR2, or at every change of a file where one is named, one after the other. */
export function installReportTrigger(options: ReportTriggerOptions): ReportTrigger {
  const { watched, log } = options;
  let tail: Promise<void> = Promise.resolve();
  const ask = () => {
    tail = tail.then(() => writeReport(options)).catch((error: unknown) => log.error({ reason: reasonOf(error) }, 'The report could not be written'));
  };
  if (watched === null) {
    process.on('SIGUSR2', ask);
    return { stop: () => void process.off('SIGUSR2', ask) };
  }
  let failure: string | null = null;
  const look = (): number | null => {
    try {
      const at = changedAt(watched);
      failure = null;
      return at;
    } catch (error) {
      // Once for each reason, not at every look.
      if (failure !== reasonOf(error)) log.warn({ file: watched, reason: reasonOf(error) }, 'The file that asks for reports cannot be looked at');
      failure = reasonOf(error);
      return null;
    }
  };
  let seen = look() ?? 0;
  const timer = setInterval(() => {
    const now = look();
    if (now !== null && now > seen) ask();
    seen = now ?? seen;
  }, options.intervalSeconds * 1000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

async function writeReport({ name, directory, report, log }: ReportTriggerOptions): Promise<void> {
  const text = await report();
  if (directory === null) {
    process.stderr.write(text);
    return;
  }
  const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const file = join(directory, `${name}_gurumeditation_${time}`);
  // Addresses and names of the cloud are in it.
  writeFileSync(file, text, { mode: 0o640 });
  log.info({ file }, 'Report written');
}

const changedAt = (file: string): number | null => missingAsNull(() => statSync(file).mtimeMs);
