import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';

/** Text to token ids, without truncation or padding of its own. */
export interface TextTokenizer {
  /** Ids with the model's special tokens around them. */
  encode(text: string): number[];
  /** Number of tokens without the special ones. */
  count(text: string): number;
}

/** Loads `tokenizer.json` of a model folder. */
export async function loadTokenizer(modelDir: string): Promise<TextTokenizer> {
  const definition = JSON.parse(await readFile(join(modelDir, 'tokenizer.json'), 'utf8')) as Record<string, unknown>;
  // The published file truncates and pads to 128 tokens, which would cut memories in half without a word.
  const tokenizer = new Tokenizer({ ...definition, truncation: null, padding: null }, {});
  return {
    encode: (text) => tokenizer.encode(text).ids,
    count: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length,
  };
}
