import type { ListenerProtocol } from '../../model/enums.ts';
import { logFormatLiteral } from './config-writer.ts';

// haproxy refuses or garbles these in listeners that do not speak HTTP.
const HTTP_VARIABLES = /%(?:\{\+Q\})?(?:ST|r)/g;

/**
 * The flow log's format for one listener: ids filled in, HTTP variables replaced by `-` where there is no HTTP.
 * `template` is the operator's text and may use every log-format variable of haproxy.
 */
export function listenerLogFormat(template: string, ids: { projectId: string; loadBalancerId: string }, protocol: ListenerProtocol): string {
  const filled = template
    .replaceAll('{{ project_id }}', () => logFormatLiteral(ids.projectId))
    .replaceAll('{{ lb_id }}', () => logFormatLiteral(ids.loadBalancerId));
  return protocol === 'HTTP' || protocol === 'TERMINATED_HTTPS' ? filled : filled.replace(HTTP_VARIABLES, '-');
}
