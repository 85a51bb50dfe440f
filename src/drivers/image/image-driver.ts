/**
 * Glance property, `true` on images whose machines leave the interfaces of load balancers alone when they are there from the
 * start: such a machine configures the management network's only, and its agent takes the others when it is told to.
 */
export const INTERFACES_AT_BOOT = 'octavia_interfaces_at_boot';

/** Images that amphorae boot from. */
export interface ImageDriver {
  /** The newest active image with this tag, of this owner when one is given. Throws ResourceNotFound. */
  findImage(tag: string, ownerId: string | null): Promise<string>;
}
