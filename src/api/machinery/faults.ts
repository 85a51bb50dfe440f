import { OctaviaError } from '../../lib/errors.ts';
import { pythonText, RuleViolation } from '../../model/violation.ts';

/** Which of Octavia's two error bodies carries the text (contracts section 6). */
export type FaultFormat = 'controller' | 'router';

/** An answer that is an error. `message` is the wire text. */
export class ApiFault extends OctaviaError {
  readonly status: number;
  readonly format: FaultFormat;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, options: { format?: FaultFormat; headers?: Readonly<Record<string, string>>; cause?: unknown } = {}) {
    super(`api-${status}`, message, { cause: options.cause });
    this.status = status;
    this.format = options.format ?? 'controller';
    this.headers = options.headers ?? {};
  }
}

export const notFound = (label: string, id: string) => new ApiFault(404, `${label} ${id} not found.`);
/** A missing parent in the path (pool of members, policy of rules): router format with the title `Bad Request`. */
export const parentNotFound = (label: string, id: string) => new ApiFault(404, `${label} ${id} not found.`, { format: 'router' });
/** Something a body refers to does not exist. */
export const subresourceNotFound = (label: string, id: string, cause?: unknown) => new ApiFault(400, `${label} ${id} not found.`, { cause });
export const policyForbidden = () => new ApiFault(403, 'Policy does not allow this request to be performed.');
export const quotaExceeded = (labels: string) => new ApiFault(403, `Quota has been met for resources: ${labels}`);
export const projectBusy = (cause?: unknown) => new ApiFault(503, 'Project busy.  Unable to lock the project.  Please try again.', { cause });
export const loadBalancerPending = (state: string, id: string) => new ApiFault(409, `Invalid state ${state} of loadbalancer resource ${id}`);
export const immutableObject = (label: string, id: string) => new ApiFault(409, `${label} ${id} is immutable and cannot be updated.`);
export const objectInUse = (label: string, id: string) => new ApiFault(409, `${label} ${id} is in use and cannot be modified.`);
export const recordAlreadyExists = (field: string, name: string) => new ApiFault(409, `A ${field} of ${name} already exists.`);
export const duplicateListener = (protocol: string, port: number) =>
  new ApiFault(409, `Another Listener on this Load Balancer is already using protocol ${protocol} and protocol_port ${port}`);
export const duplicateMember = (address: string, port: number) =>
  new ApiFault(409, `Another member on this pool is already using ip ${address} on protocol_port ${port}`);
export const duplicateHealthMonitor = () => new ApiFault(409, 'This pool already has a health monitor');
export const duplicateDefaultPool = () => new ApiFault(409, 'This listener already has a default pool');
export const poolInUseByPolicy = (poolId: string, policyId: string) => new ApiFault(409, `Pool ${poolId} is in use by L7 policy ${policyId}`);
export const tooManyRules = (policyId: string) => new ApiFault(409, `Too many rules on L7 policy ${policyId}`);
export const vipAddressInUse = (reason: string) => new ApiFault(409, `The VIP IP address is already in use: ${reason}`);
export const certificateUnavailable = (refs: readonly string[], cause?: unknown) =>
  new ApiFault(400, `Could not retrieve certificate: [${refs.map((ref) => `'${ref}'`).join(', ')}]`, { cause });
export const unreadablePkcs12 = (reason: string, cause?: unknown) =>
  new ApiFault(400, `The PKCS12 bundle is unreadable. Please check the PKCS12 bundle validity. In addition, make sure it does not require a pass phrase. Error: ${reason}`, { cause });
export const providerNotEnabled = (provider: string) => new ApiFault(400, `Provider '${provider}' is not enabled.`);
export const providerNotFound = (provider: string) => new ApiFault(501, `Provider '${provider}' was not found.`);
export const providerFailed = (provider: string, reason: string, cause?: unknown) => new ApiFault(500, `Provider '${provider}' reports error: ${reason}`, { cause });
export const providerFindsNothing = (provider: string, reason: string) => new ApiFault(404, `Provider '${provider}' reports error: ${reason}`);
export const providerLacksAction = (provider: string, reason: string) =>
  new ApiFault(501, `Provider '${provider}' does not support a requested action: ${reason}`);
export const providerLacksOption = (provider: string, reason: string) =>
  new ApiFault(501, `Provider '${provider}' does not support a requested option: ${reason}`);
export const flavorProviderMismatch = (flavor: string, provider: string) => new ApiFault(400, `Flavor '${flavor}' is not compatible with provider '${provider}'`);
export const invalidFilter = () => new ApiFault(400, 'One or more arguments are either duplicate or invalid');
export const invalidSortKey = (key: string) => new ApiFault(400, `Supplied sort key '${key}' is not valid.`);
/** A sort key with more than a direction. */
export const invalidSortParts = (parts: readonly string[]) => new ApiFault(400, `Supplied sort key '${pythonText(parts)}' is not valid.`, { format: 'router' });
export const invalidMarker = (marker: string) => new ApiFault(400, `Supplied pagination marker '${marker}' is not valid.`);
export const invalidSortDirection = (direction: string) => new ApiFault(400, `Supplied sort direction '${direction}' is not valid.`, { format: 'router' });
export const invalidLimit = (limit: string) => new ApiFault(400, `Supplied pagination limit '${limit}' is not valid.`, { format: 'router' });
export const missingArgument = (name: string) => new ApiFault(400, `Missing argument: "${name}"`);
/** Query parameters of a change that it does not have. */
export const unknownArgument = (names: readonly string[]) => new ApiFault(400, `Unknown argument: "${names.join(', ')}"`);
export const notJson = () => new ApiFault(400, 'Request is not in valid JSON format');
export const unknownUrl = () => new ApiFault(404, 'The resource could not be found.', { format: 'router' });
export const methodNotAllowed = (method: string) => new ApiFault(405, `The method ${method} is not allowed for this resource.`, { format: 'router' });
export const notAcceptable = () => new ApiFault(406, 'Only content type application/json is accepted.', { format: 'router' });

const TITLES: Readonly<Record<number, string>> = { 404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable' };

/** The JSON body of a fault. Router faults about a missing parent keep the title `Bad Request` as the original does. */
export function faultBody(fault: ApiFault): string {
  if (fault.format === 'controller') {
    return JSON.stringify({ faultcode: fault.status >= 500 ? 'Server' : 'Client', faultstring: fault.message, debuginfo: null });
  }
  const isParentMissing = fault.status === 404 && fault.message.endsWith(' not found.');
  const title = isParentMissing ? 'Bad Request' : (TITLES[fault.status] ?? 'Bad Request');
  return JSON.stringify({ code: fault.status, title, description: fault.message });
}

/** Any thrown value as a fault; what nobody foresaw becomes a 500 whose cause is for the log only. */
export function toFault(error: unknown): ApiFault {
  if (error instanceof ApiFault) return error;
  if (error instanceof RuleViolation) return new ApiFault(400, error.message, { cause: error });
  return new ApiFault(500, 'An unexpected error occurred while handling the request.', { cause: error });
}
