import type { FastifyInstance } from 'fastify';
import { inRequestScope } from '../../openstack/request-scope.ts';

/** Calls to other services that a request leads to carry its id, and its caller's token where something is done in his name. */
export function passRequestsOn(app: FastifyInstance): void {
  // After the body was read: streams end the scope they were opened in.
  app.addHook('preValidation', (request, _reply, done) => {
    const token = request.headers['x-auth-token'];
    inRequestScope({ requestId: request.id, ...(typeof token === 'string' && { token }) }, done);
  });
}
