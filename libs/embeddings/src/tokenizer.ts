import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';

/** Text to token ids, without truncation or padding of its own. */
export interface TextTokenizer {
  /** Ids with the model's special tokens around them. */
  readonly encode: (text: string) => number[];
  /** Number of tokens without the special ones. */
  readonly count: (text: string) => number;
}

/** What is used of the package, whose own declarations do not resolve for ES modules of Node. */
type TokenizerClass = new (
  definition: object,
  config: object,
) => { encode(text: string, options?: { add_special_tokens: boolean }): { readonly ids: number[] } };

/** Loads `tokenizer.json` of a model folder. */
export async function loadTokenizer(modelDir: string): Promise<TextTokenizer> {
  const definition = JSON.parse(await readFile(join(modelDir, 'tokenizer.json'), 'utf8')) as Record<string, unknown>;
  // The published file truncates and pads to 128 tokens, which would cut memories in half without a word.
  const tokenizer = new (Tokenizer as unknown as TokenizerClass)(
    { ...definition, truncation: null, padding: null },
    {},
  );
  return {
    encode: (text) => tokenizer.encode(text).ids,
    count: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length,
  };
}
