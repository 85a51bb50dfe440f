import type { FastifyInstance } from 'fastify';

/** Answers every request with its id, errors included. */
export function answerRequestId(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-openstack-request-id', request.id);
  });
}
