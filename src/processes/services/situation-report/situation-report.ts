import type { Config } from '../../../config/config.ts';
import { reasonOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { Fact, ReportSection } from './render-report.ts';
import { installReportTrigger } from './report-trigger.ts';

/** Facts of one section, looked up when a report is asked for. */
export type PartOfReport = () => Promise<Fact>;

/** The state of a process for people, written when they ask for it: the counterpart of oslo.reports' Guru Meditation. */
export interface SituationReport {
  add(title: string, facts: PartOfReport): void;
  stop(): void;
}

/** Listens for SIGUSR2, or watches the file of `[oslo_reports] file_event_handler`. What makes the report is loaded with the first one. */
export function createSituationReport(name: string, config: Config, log: Logger): SituationReport {
  const parts: { readonly title: string; readonly facts: PartOfReport }[] = [];
  const { log_dir: directory, file_event_handler: watched, file_event_handler_interval: intervalSeconds } = config.oslo_reports;
  const report = async () => {
    const [{ renderReport }, own] = await Promise.all([import('./render-report.ts'), import('./process-facts.ts')]);
    return renderReport([
      { title: 'Package', facts: own.packageFacts() }, { title: 'Event loop', facts: own.eventLoopFacts() }, { title: 'Processes', facts: own.processFacts() },
      { title: 'Connections', facts: own.connectionFacts() }, ...await Promise.all(parts.map(sectionOf)), { title: 'Configuration', facts: own.configurationFacts(config) },
    ]);
  };
  const trigger = installReportTrigger({ name, directory, watched, intervalSeconds, report, log });
  return { add: (title, facts) => void parts.push({ title, facts }), stop: () => trigger.stop() };
}

/** A part that cannot tell must not keep the others from it. */
async function sectionOf({ title, facts }: { readonly title: string; readonly facts: PartOfReport }): Promise<ReportSection> {
  try {
    return { title, facts: await facts() };
  } catch (error) {
    return { title, facts: reasonOf(error) };
  }
}
