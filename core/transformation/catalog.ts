/** A transformation file in a deployed bundle. */
export interface CatalogFile {
  /** `Users/v3_split_name.ts` */
  file: string;
  /** By the file's name. */
  sequence: number;
  /** `1:` and a hash; the number is that of the algorithm. */
  checksum: string;
  /** The bundled module, relative to the bundle's folder; undefined where it could not be bundled. */
  module?: string | undefined;
  /** Why it could not be bundled. */
  problem?: string | undefined;
}

/** What a deploy consists of: the transformation files by logical table name. */
export interface Manifest {
  tables: Record<string, CatalogFile[]>;
}

/** What the deployed service knows, as the ledger tells it to whoever has no access to the functions. */
export interface Catalog {
  /** Where preparations are kept: for who gathers one outside the service. */
  preparations?: { bucket: string; key: string } | undefined;
  /** By logical name: every table with files, and every table that the deploy was told of. */
  tables: Record<string, { tableName: string; files: Pick<CatalogFile, 'file' | 'sequence' | 'checksum' | 'problem'>[] }>;
}
