import { expect, test } from 'vitest';
import {
  renderEnvironment,
  renderErrors,
  renderEvents,
  renderLimits,
  renderNatsUsers,
  renderSkipReasons,
  renderTools,
} from './render-reference.js';

const reference = '../../../docs/reference';

test.each([
  ['limits', renderLimits],
  ['errors', renderErrors],
  ['environment', renderEnvironment],
  ['tools', renderTools],
  ['nats-users', renderNatsUsers],
  ['events', renderEvents],
  ['skipped-files', renderSkipReasons],
])('docs/reference/%s.md says what the table says', async (name, render) => {
  await expect(render()).toMatchFileSnapshot(`${reference}/${name}.md`);
});
