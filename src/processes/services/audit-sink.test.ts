import { expect, it } from 'vitest';
import type { ConfigOverrides } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { auditDestination, openAuditSink } from './audit-sink.ts';

const configOf = (overrides: ConfigOverrides) => loadConfig({ env: {}, overrides });
const general = { driver: ['messagingv2'], topics: ['notifications'], transport_url: 'rabbit://general/', retry: 3 };

it.each<[string, ConfigOverrides, object]>([
  ['the log when nothing is configured', {}, { toLog: true, notifier: null }],
  ['where notifications go', { oslo_messaging_notifications: general }, { toLog: false, notifier: general }],
  ['where it says itself', { oslo_messaging_notifications: general, audit_middleware_notifications: { driver: 'messaging', topics: ['audit'], transport_url: 'rabbit://own/' } },
    { toLog: false, notifier: { driver: ['messaging'], topics: ['audit'], transport_url: 'rabbit://own/', retry: 3 } }],
  ['the log only', { oslo_messaging_notifications: general, audit_middleware_notifications: { driver: 'log' } }, { toLog: true, notifier: null }],
  ['both', { oslo_messaging_notifications: { ...general, driver: ['log', 'messagingv2'] } }, { toLog: true, notifier: general }],
  ['the log without oslo.messaging', { oslo_messaging_notifications: general, audit_middleware_notifications: { use_oslo_messaging: false } }, { toLog: true, notifier: null }],
])('audit events go: %s', (_what, overrides, expected) => {
  expect(auditDestination(configOf(overrides))).toEqual(expected);
});

it.each([['log', ['audit.http.request']], ['noop', []]])('driver %s writes %j', async (driver, expected) => {
  const lines: unknown[] = [];
  const log = createLogger({ json: true, write: (line) => lines.push((JSON.parse(line) as Record<string, unknown>)['msg']) });
  const audit = await openAuditSink(configOf({ audit: { enabled: true }, audit_middleware_notifications: { driver } }), log);
  audit.sink('audit.http.request', { id: 'x' });
  await audit.close();
  expect(lines).toEqual(expected);
});

it('a driver that does not exist is refused when events are to be sent', async () => {
  const overrides = { audit_middleware_notifications: { driver: 'pigeon' } };
  await expect(openAuditSink(configOf({ ...overrides, audit: { enabled: true } }), createLogger({ level: 'error' }))).rejects.toThrow('There is no notification driver pigeon');
  await (await openAuditSink(configOf(overrides), createLogger({ level: 'error' }))).close();
});
