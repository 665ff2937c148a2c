/** What is known about a reference and a definition of the same name in its repository. */
export interface ReferenceEvidence {
  readonly sameFile: boolean;
  /** The file imports this name. */
  readonly imported: boolean;
  /** Definitions of the name in the repository. */
  readonly definitions: number;
}

/**
 * How likely a reference means one of the definitions that are indexed, between 0 and 1. Names are not resolved by
 * types, so none is certain.
 */
export function confidenceOf({ sameFile, imported, definitions }: ReferenceEvidence): number {
  if (definitions === 0) return 0.3;
  if (sameFile) return 0.95;
  if (imported) return 0.9;
  return definitions === 1 ? 0.8 : Math.max(0.1, Math.round(60 / definitions) / 100);
}
