import type { Services } from './run-context.ts';

/** The same services, with the id of the API request behind this run in every log line and in every request to an agent. */
export function traced(services: Services, requestId: string | undefined): Services {
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
