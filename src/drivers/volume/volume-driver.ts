/** Root disks of amphorae that boot from a volume. */
export interface VolumeDriver {
  /** The volume of this name, made from the image when there is none; resolves when it can be booted from. Throws DriverFailure. */
  ensureVolume(name: string, imageId: string, zone: string | null, signal?: AbortSignal): Promise<string>;
  /** Null when there is none of this name. */
  findVolume(name: string): Promise<string | null>;
  /** Gone already is success. */
  removeVolume(volumeId: string): Promise<void>;
  /** The image a volume was made from. */
  imageOf(volumeId: string): Promise<string | null>;
  /** Throws ResourceNotFound. */
  validateAvailabilityZone(zone: string): Promise<void>;
}
