/**
 * Property of an image whose amphorae leave interfaces of load balancers alone that are there from birth: they may be
 * ordered with the server then. `true` says so.
 */
export const INTERFACES_AT_BOOT = 'octavia_interfaces_at_boot';

/** Key of the metadata of a server that has such interfaces: how many of its interfaces, the first ones, are its own. */
export const MANAGEMENT_INTERFACES = 'octavia_management_interfaces';

/** An image as far as it decides how amphorae are made of it. */
export interface Image {
  readonly id: string;
  /** It has the property INTERFACES_AT_BOOT. */
  readonly interfacesAtBoot: boolean;
}

/** Images that amphorae boot from. */
export interface ImageDriver {
  /** The newest active image with this tag, of this owner when one is given. Throws ResourceNotFound. */
  findImage(tag: string, ownerId: string | null): Promise<Image>;
}
