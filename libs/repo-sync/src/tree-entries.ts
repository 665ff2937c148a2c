/** A change of one path. */
export interface TreeEntry {
  /** With foreign bytes replaced when `utf8` is false. */
  readonly path: string;
  readonly utf8: boolean;
  /** As git has it, e.g. `100644`, `120000`; `undefined` for a path that is gone. */
  readonly mode: string | undefined;
  /** Object id of its content. */
  readonly oid: string;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodePath(bytes: Buffer): Pick<TreeEntry, 'path' | 'utf8'> {
  try {
    return { path: strict.decode(bytes), utf8: true };
  } catch {
    return { path: bytes.toString('utf8'), utf8: false };
  }
}

/** Reads `git ls-tree -r -z`. */
export function parseTree(output: Buffer): TreeEntry[] {
  return splitAtNul(output).map((record) => {
    const tab = record.indexOf(9);
    const [mode = '', , oid = ''] = record.toString('latin1', 0, tab).split(' ');
    return { ...decodePath(record.subarray(tab + 1)), mode, oid };
  });
}

/** Reads `git diff-tree -r -z --raw --no-renames`. */
export function parseDiff(output: Buffer): TreeEntry[] {
  const records = splitAtNul(output);
  const entries: TreeEntry[] = [];
  for (let n = 0; n + 1 < records.length; n += 2) {
    const [, mode, , oid = '', status] = (records[n] ?? Buffer.of()).toString('latin1').split(' ');
    const isGone = status?.startsWith('D') === true;
    entries.push({ ...decodePath(records[n + 1] ?? Buffer.of()), mode: isGone ? undefined : mode, oid });
  }
  return entries;
}

function splitAtNul(output: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let from = 0; from < output.length;) {
    const end = output.indexOf(0, from);
    if (end < 0) break;
    records.push(output.subarray(from, end));
    from = end + 1;
  }
  return records;
}
