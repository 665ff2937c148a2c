import { expect, test } from 'vitest';
import { renderLanguages } from './render-languages.js';

test('docs/reference/languages.md says what the tables say', async () => {
  await expect(renderLanguages()).toMatchFileSnapshot('../../../docs/reference/languages.md');
});
