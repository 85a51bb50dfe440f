import type { HealthMonitorType } from '../enums.ts';
import { disabledOption, invalidOption, validationFailure } from '../violation.ts';

const HTTP_FIELDS = ['http_method', 'url_path', 'expected_codes'] as const;

interface HttpCheck {
  readonly http_method?: string | null | undefined;
  readonly url_path?: string | null | undefined;
  readonly expected_codes?: string | null | undefined;
  readonly http_version?: number | null | undefined;
  readonly domain_name?: string | null | undefined;
}

export const isHttpMonitor = (type: HealthMonitorType) => type === 'HTTP' || type === 'HTTPS';

export function checkPingAllowed(type: HealthMonitorType, isAllowed: boolean): void {
  if (type === 'PING' && !isAllowed) throw disabledOption('type', 'PING');
}

/** Refuses HTTP fields on other checks and a domain name without HTTP 1.1. */
export function checkMonitorOnCreate(monitor: HttpCheck & { readonly type: HealthMonitorType }): void {
  if (!isHttpMonitor(monitor.type)) {
    const misplaced = HTTP_FIELDS.find((name) => monitor[name]);
    if (misplaced) throw invalidOption(misplaced, `health monitors of type ${monitor.type}`);
  }
  checkDomainName(monitor.http_version ?? null, monitor.domain_name ?? null);
}

/** `changes` are the given fields only; naming an HTTP field at all is refused on other checks. */
export function checkMonitorOnUpdate(changes: HttpCheck, current: { readonly type: HealthMonitorType; readonly httpVersion: number | null; readonly domainName: string | null }): void {
  if (!isHttpMonitor(current.type)) {
    const misplaced = HTTP_FIELDS.find((name) => changes[name] !== undefined);
    if (misplaced) throw invalidOption(misplaced, `health monitors of type ${current.type}`);
  }
  if (changes.domain_name && !current.httpVersion && !changes.http_version) throw missingVersion();
  const version = changes.http_version ?? current.httpVersion;
  const domain = changes.domain_name ?? current.domainName;
  if (version && domain) checkDomainName(version, domain);
}

function checkDomainName(version: number | null, domain: string | null): void {
  if (!domain) return;
  if (!version) throw missingVersion();
  if (version < 1.1) throw invalidOption(`http_version ${version.toFixed(1)}`, 'health monitors HTTP 1.1 domain name health check');
}

const missingVersion = () => validationFailure("'http_version' must be specified when 'domain_name' is provided.");

/** What HTTP checks use when nothing else is said. */
export function httpMonitorDefaults(type: HealthMonitorType, given: HttpCheck): { http_method?: string; url_path?: string; expected_codes?: string } {
  if (!isHttpMonitor(type)) return {};
  return { http_method: given.http_method || 'GET', url_path: given.url_path || '/', expected_codes: given.expected_codes || '200' };
}
