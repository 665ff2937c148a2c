import type { ContentBlock } from '@modelcontextprotocol/server';

/** A PNG of one pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/** A WAV without samples. */
export const WAV = Buffer.concat([
  Buffer.from('RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00', 'latin1'),
  Buffer.from([0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0]),
  Buffer.from('data\x00\x00\x00\x00', 'latin1'),
]).toString('base64');

export function text(value: string): ContentBlock {
  return { type: 'text', text: value };
}

export function image(): ContentBlock {
  return { type: 'image', data: PNG, mimeType: 'image/png' };
}

export function embedded(uri: string, mimeType: string, value: string): ContentBlock {
  return { type: 'resource', resource: { uri, mimeType, text: value } };
}
