import type { Notification } from '../../bus/notifications.ts';
import type { Config } from '../../config/config.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import { loadBalancerDict } from '../../providers/provider-models.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** Everybody who is told of the end of creations, updates and deletions. */
export interface Notifiers {
  notify(event: 'create' | 'update' | 'delete', loadBalancer: LoadBalancerGraph): void;
  /** Tries to send what waits, once. */
  close(): Promise<void>;
}

/** The message queue ([oslo_messaging_notifications]) and webhooks ([webhook]); what is not configured is not even loaded. Throws for settings that cannot be used. */
export async function openNotifiers(config: Config, log: Logger): Promise<Notifiers> {
  const { DEFAULT, oslo_messaging_notifications: settings, oslo_messaging_rabbit: rabbit, webhook } = config;
  const notifiers = [
    ...(settings.driver.length > 0 ? [(await import('../../bus/notifications.ts')).createNotifier({ settings, transportUrl: DEFAULT.transport_url, exchange: DEFAULT.control_exchange, rabbit, log })] : []),
    ...(webhook.url.length > 0 ? [(await import('../../bus/webhook.ts')).createWebhook({ settings: webhook, log })] : []),
  ];
  return {
    notify(event, loadBalancer) {
      if (notifiers.length === 0) return;
      const notification: Notification = { type: `octavia.loadbalancer.${event}.end`, projectId: loadBalancer.projectId, payload: loadBalancerDict(loadBalancer) };
      for (const notifier of notifiers) notifier.notify(notification);
    },
    async close() {
      await Promise.all(notifiers.map((notifier) => notifier.close()));
    },
  };
}
