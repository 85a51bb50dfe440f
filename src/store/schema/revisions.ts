/** Octavia's Alembic revisions, oldest first (upstream octavia/db/migration/alembic_migrations/versions). */
export const REVISIONS: readonly string[] = `
35dee79d5865 4c094013699a 13500e2e978d 4faaa983e7a9 3a1e1cdb7b27 14892634e228 256852d5ff7c 92fe9857279 3e5b37a0bdb9 48660b6643f0
4fe8240425b4 298eac0640a7 357d17a6d5ac 2351ea316465 543f5d8e4e56 3b199c848b96 5a3ee5472c31 1e4c1d83044c 6abb04f24c5 43287cd10fef
29ff921a6eb 458c9ee2a011 186509101b9b 8c0851bdf6c3 9bf4d21caaea 4d9cf7d32f2 36b94648fef8 62816c232310 4a6ec0ab7284 82b9402e71fd
9b5473976d6d c11292016060 44a2414dd683 3f8ff3be828e 443fe6676637 fc5582da7d8a fac584114642 034b2dc2f3e0 d85ca7258d21 52377704420e
5309960964f8 27e54d00c3cd e6672bda93bf 4aeb9e23ad43 bf171d0d91c3 0aee2b450512 10d38216ad34 034756a182a2 ba35e0fb88e1 0fd2c131923f
0f242cf02c74 ebbcc72b4e5e 76aacf2e176c 55874a4ceed6 80dba23a159f 4f65b4f91c39 b9c703669314 211982b05afc 11e4bb2bb8ef 2ad093f6353f
f21ae3f21adc ffad172e98c1 1afc932f1ca2 a1f689aecc1d 74aae261694c a7f187cd221f 6742ca1b27c2 7432f1d4ea83 6ffc710674ef 46d914b2a5e5
392fb85b4419 a5762a99609a da371b422669 dcf88e59aae4 e37941b010db c761c8a71579 8ac4ed24df3a 7c36b277bfb0 fbd705961c3a e5493ae5f9a7
d3c8a090f3de 32e5c35b26a8 2ab994dd3ec2 e6ee84f0abf3 8b47b2546312 be9fdc039b51 b8bd389cbae7 6ac558d7fc21 31f7653ded67 0995c26fc506
632152d2d32e db2a73e82626 3097e55493ae 8db7a6443785 fabf4983846b
`.trim().split(/\s+/);

/** The revision our table definitions describe. */
export const HEAD = 'fabf4983846b';

/** From here on every change only adds tables, columns and lookup rows (Wallaby, 2021), which is all we do to a foreign schema. */
export const OLDEST_UPGRADABLE = 'b8bd389cbae7';

/** Whether we know a revision; an unknown one was written by a newer Octavia. */
export function isKnownRevision(revision: string): boolean {
  return REVISIONS.includes(revision);
}

/** True when `revision` is older than `other`; both must be known. */
export function isOlder(revision: string, other: string): boolean {
  return REVISIONS.indexOf(revision) < REVISIONS.indexOf(other);
}
