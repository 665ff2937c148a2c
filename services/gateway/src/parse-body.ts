import { memlaneError } from '@memlane/contracts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body. Bytes that are not UTF-8 are refused instead of being replaced: what is stored is what was sent.
 * A key `__proto__` is refused by name.
 *
 * @throws MemlaneError `MEMLANE_ERR_INVALID_INPUT`
 */
export function parseJsonBody(bytes: Buffer): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw memlaneError('MEMLANE_ERR_INVALID_INPUT', 'the body is not valid UTF-8', { field: 'body' });
  }
  const value = parseJson(text);
  if (MAY_HAVE_PROTO.test(text)) refuseProtoKeys(value);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw memlaneError('MEMLANE_ERR_INVALID_INPUT', 'the body is not valid JSON', { field: 'body' });
  }
}

/** Plain or with any of its letters escaped; the walk is for the few bodies that may have such a key. */
const MAY_HAVE_PROTO = /__proto__|\\u00/;

/**
 * The schemas on the way, the SDK's among them, drop an own key `__proto__` without a word; a field that is not known
 * is to be refused by name. Inside `metadata` that is done by the field's own check.
 */
function refuseProtoKeys(root: unknown): void {
  const open: { value: unknown; path: string }[] = [{ value: root, path: '' }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path } = next;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__') {
        const field = `${path}${key}`.replace(/^params\.arguments\./, '').slice(-FIELD_CHARS);
        throw memlaneError('MEMLANE_ERR_INVALID_INPUT', `${field} is not a known field`, { field });
      }
      // Deeper than any schema reaches nothing is read, so nothing needs to be found.
      if (key !== 'metadata' && path.length < FIELD_CHARS) open.push({ value: inner, path: `${path}${key}.` });
    }
  }
}

const FIELD_CHARS = 128;
