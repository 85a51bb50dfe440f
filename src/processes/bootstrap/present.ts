import type { ImageProperties } from '../image/image-description.ts';
import type { GroupName, Rule } from './wanted.ts';

/** What the cloud and the configuration directory hold of it already. */
export interface Present {
  readonly domainId: string;
  readonly projectId: string | null;
  readonly user: PresentUser | null;
  /** Every role of the cloud by its name. */
  readonly roles: ReadonlyMap<string, string>;
  readonly serviceId: string | null;
  readonly endpoints: readonly { readonly id: string; readonly interface: string; readonly url: string }[];
  readonly network: { readonly id: string } | null;
  readonly subnet: { readonly id: string; readonly cidr: string } | null;
  readonly groups: Readonly<Record<GroupName, PresentGroup | null>>;
  readonly ports: ReadonlyMap<string, PresentPort>;
  readonly keyPair: { readonly publicKey: string } | null;
  readonly flavor: { readonly id: string; readonly isUsable: boolean } | null;
  /** The one that amphorae boot now. */
  readonly image: PresentImage | null;
  /** Begun by an earlier run, without data. */
  readonly unfinishedImageId: string | null;
  /** Files of the certificate authorities that are missing. */
  readonly missingCertificates: readonly string[];
  /** octavia.conf; null when there is none. */
  readonly configText: string | null;
}

export interface PresentImage {
  readonly id: string;
  readonly sha512: string | null;
  /** Every attribute that is text, Glance's own among them: it keeps both in one object. */
  readonly properties: ImageProperties;
}

export interface PresentUser {
  readonly id: string;
  /** Roles in the service project. */
  readonly roles: readonly string[];
  /** Whether the password that octavia.conf or the command line has is his; null when none is known. */
  readonly isPasswordRight: boolean | null;
}

export interface PresentGroup {
  readonly id: string;
  readonly rules: readonly Rule[];
}

export interface PresentPort {
  readonly id: string;
  readonly address: string;
  readonly macAddress: string;
}
