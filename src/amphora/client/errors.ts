import { OctaviaError } from '../../lib/errors.ts';

/** Nobody answered on the agent's address for as long as the caller was willing to try. */
export class AmphoraUnreachable extends OctaviaError {
  constructor(amphoraId: string, reason: string, cause?: unknown) {
    super('amphora-unreachable', `Amphora ${amphoraId} does not answer: ${reason}`, { retry: 'retry', cause });
  }
}

/** The agent's certificate is used outside its time. Waiting does not help; a new certificate does. */
export class AgentCertificateOutOfTime extends AmphoraUnreachable {}

/** The agent answered with an error; message and details are its own words. */
export class AmphoraRefused extends OctaviaError {
  readonly status: number;
  readonly agentMessage: string;
  readonly details: string;

  constructor(amphoraId: string, call: string, answer: { status: number; message: string; details: string }) {
    const said = [answer.message, answer.details].filter((part) => part !== '').join(': ');
    super('amphora-refused', `Amphora ${amphoraId} refused ${call} (${answer.status}): ${said}`, { retry: answer.status === 400 ? 'wait' : 'retry' });
    this.status = answer.status;
    this.agentMessage = answer.message;
    this.details = answer.details;
  }
}
