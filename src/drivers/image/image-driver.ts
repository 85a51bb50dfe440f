/** Images that amphorae boot from. */
export interface ImageDriver {
  /** The newest active image with this tag, of this owner when one is given. Throws ResourceNotFound. */
  findImage(tag: string, ownerId: string | null): Promise<string>;
}
