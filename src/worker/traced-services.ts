import type { Services } from './run-context.ts';

/** The same services, with the id of the API request behind this run in every log line and in every request to an agent. */
export function traced<S extends Pick<Services, 'log' | 'clients'>>(services: S, requestId: string | undefined): S {
  if (requestId === undefined) return services;
  const { clients } = services;
  return {
    ...services,
    log: services.log.child({ req: requestId }),
    clients: {
      connect: (endpoint, patience, signal) => clients.connect(endpoint, patience, signal, requestId),
      forget: (amphoraId) => clients.forget(amphoraId),
      close: () => clients.close(),
    },
  };
}
