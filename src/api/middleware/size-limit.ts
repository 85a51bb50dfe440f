import { Transform } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { ApiFault } from '../machinery/faults.ts';

/** Refuses bodies above `maxBytes` with 413: by their announced length at once, others as soon as they grow too long. */
export function limitRequestSize(app: FastifyInstance, maxBytes: number): void {
  const tooLarge = () => new RequestTooLarge(maxBytes);
  app.addHook('onRequest', async (request) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  });
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (request.headers['content-length'] !== undefined) return payload;
    let seenBytes = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        seenBytes += chunk.length;
        if (seenBytes > maxBytes) done(tooLarge());
        else done(null, chunk);
      },
    });
    return payload.pipe(counted);
  });
}

class RequestTooLarge extends ApiFault {
  // Fastify would otherwise take an error of the body's stream for a 400.
  readonly statusCode = 413;

  constructor(maxBytes: number) {
    super(413, `Request is too large. Larger than max_request_body_size (${maxBytes}).`);
  }
}
