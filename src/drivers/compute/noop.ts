import type { ComputeDriver, ComputeInstance } from './compute-driver.ts';

/** Address every no-op instance claims for its agent, as the original's does. */
const NOOP_LB_NETWORK_IP = '192.0.2.1';

/**
 * The no-op compute (`compute_noop_driver`): instances are active at once and exist nowhere. The compute id is the
 * amphora's id: every process gives the same answer and remembers nothing.
 */
export function createNoopCompute(): ComputeDriver {
  const instance = (computeId: string): ComputeInstance => ({
    computeId, state: 'active', lbNetworkIp: NOOP_LB_NETWORK_IP, zone: null, imageId: null, flavorId: null, fault: null,
  });
  return {
    readsBootFiles: false,
    ensure: async (request) => instance(request.amphoraId),
    get: async (computeId) => instance(computeId),
    findByAmphora: async (amphoraId) => instance(amphoraId),
    attachPort: async () => undefined,
    detachPort: async () => undefined,
    remove: async () => undefined,
    ensureServerGroup: async (loadBalancerId) => loadBalancerId,
    removeServerGroup: async () => undefined,
    validateFlavor: async () => undefined,
    validateAvailabilityZone: async () => undefined,
  };
}
