import { memlaneError } from '@memlane/contracts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body. Bytes that are not UTF-8 are refused instead of being replaced: what is stored is what was sent.
 * A key `__proto__` stays an own key here, so that the check of the field can refuse it by name.
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
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw memlaneError('MEMLANE_ERR_INVALID_INPUT', 'the body is not valid JSON', { field: 'body' });
  }
}
