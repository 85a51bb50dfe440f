import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { Pkcs12Unreadable } from '../errors.ts';

export interface Pkcs12Content {
  readonly certificate: string;
  readonly privateKey: string;
  /** Every other certificate of the container. */
  readonly intermediates: readonly string[];
}

/** Opens a PKCS#12 container without password: modern, empty-password and legacy encryption, RSA and EC. Throws Pkcs12Unreadable. */
export function readPkcs12(der: Buffer): Pkcs12Content {
  const container = open(der);
  const { pki } = forge;
  const keyBags = [pki.oids['pkcs8ShroudedKeyBag'], pki.oids['keyBag']].flatMap((type) => bagsOf(container, type));
  const [keyBag] = keyBags;
  if (!keyBag) throw new Pkcs12Unreadable('it holds no private key.');
  const privateKey = keyOf(keyBag);
  const certificates = bagsOf(container, pki.oids['certBag']).map(certificateOf);
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(privateKey));
  if (!leaf) throw new Pkcs12Unreadable('it holds no certificate that belongs to its private key.');
  return {
    certificate: leaf.toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    intermediates: certificates.filter((certificate) => certificate !== leaf).map(String),
  };
}

function open(der: Buffer): forge.pkcs12.Pkcs12Pfx {
  const parse = (password: string | undefined) => {
    const structure = forge.asn1.fromDer(der.toString('binary'));
    return password === undefined ? forge.pkcs12.pkcs12FromAsn1(structure, false) : forge.pkcs12.pkcs12FromAsn1(structure, false, password);
  };
  try {
    return parse('');
  } catch (first) {
    try {
      // Some tools write "no password" instead of an empty one.
      return parse(undefined);
    } catch {
      throw new Pkcs12Unreadable(first instanceof Error ? first.message : String(first), first);
    }
  }
}

function bagsOf(container: forge.pkcs12.Pkcs12Pfx, bagType: string | undefined): readonly forge.pkcs12.Bag[] {
  return bagType === undefined ? [] : (container.getBags({ bagType })[bagType] ?? []);
}

/** Forge leaves EC entries as raw ASN.1; everything is handed to node:crypto as DER. */
function certificateOf(bag: forge.pkcs12.Bag): X509Certificate {
  return new X509Certificate(derOf(bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1));
}

function keyOf(bag: forge.pkcs12.Bag): KeyObject {
  const structure = bag.key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)) : bag.asn1;
  return createPrivateKey({ key: derOf(structure), format: 'der', type: 'pkcs8' });
}

function derOf(structure: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(structure).getBytes(), 'binary');
}
