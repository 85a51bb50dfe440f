import { auditToLog, type AuditSink } from '../../api/middleware/audit.ts';
import type { NotifierOptions } from '../../bus/notifications.ts';
import type { Config } from '../../config/config.ts';
import type { Logger } from '../../telemetry/logger.ts';

type AuditConfig = Pick<Config, 'DEFAULT' | 'audit' | 'audit_middleware_notifications' | 'oslo_messaging_notifications' | 'oslo_messaging_rabbit'>;

/** Where audit events go: to the log, to the message queue, to both, or nowhere. */
export interface AuditDestination {
  readonly toLog: boolean;
  readonly notifier: NotifierOptions['settings'] | null;
}

/** What `[audit_middleware_notifications]` says, where it is silent `[oslo_messaging_notifications]`; the log when both are. */
export function auditDestination(config: Pick<AuditConfig, 'audit_middleware_notifications' | 'oslo_messaging_notifications'>): AuditDestination {
  const { audit_middleware_notifications: own, oslo_messaging_notifications: general } = config;
  const drivers = own.driver ? [own.driver] : general.driver;
  if (!own.use_oslo_messaging || drivers.length === 0) return { toLog: true, notifier: null };
  const others = drivers.filter((driver) => driver !== 'log');
  const settings = { driver: others, topics: own.topics?.length ? own.topics : general.topics, transport_url: own.transport_url ?? general.transport_url, retry: general.retry };
  return { toLog: drivers.includes('log'), notifier: others.length === 0 ? null : settings };
}

/** Opens what takes the events of `[audit]`; nothing when they are off. Throws for settings that cannot be used. */
export async function openAuditSink(config: AuditConfig, log: Logger): Promise<{ readonly sink: AuditSink; close(): Promise<void> }> {
  const { toLog, notifier: settings } = auditDestination(config);
  const logSink = auditToLog(log);
  if (!config.audit.enabled || settings === null) return { sink: toLog ? logSink : () => undefined, close: async () => undefined };
  const { createNotifier } = await import('../../bus/notifications.ts');
  const notifier = createNotifier({ settings, transportUrl: config.DEFAULT.transport_url, exchange: config.DEFAULT.control_exchange, rabbit: config.oslo_messaging_rabbit, log });
  return {
    sink(type, event) {
      if (toLog) logSink(type, event);
      notifier.notify({ type, projectId: null, payload: event, publisher: 'octavia-api', isAdmin: true });
    },
    close: () => notifier.close(),
  };
}
