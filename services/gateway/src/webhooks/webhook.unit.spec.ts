import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isSigned, readWebhookId, secretOf, webhookIdOf, type Webhook } from './webhook.js';

const master = randomBytes(32);
const webhook: Webhook = { owner: 'ann_1-x', repositoryId: '0123456789abcdef', hook: 'a'.repeat(32) };
const sign = (secret: string, body: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

describe('the id of a webhook', () => {
  test('names it, to whoever has the master secret', () => {
    const id = webhookIdOf(master, webhook);
    expect(readWebhookId(master, id)).toEqual(webhook);
    expect(readWebhookId(randomBytes(32), id)).toBeUndefined();
  });

  test('cannot be made from that of another', () => {
    const id = webhookIdOf(master, webhook);
    const forged = [
      id.replace('ann_1-x', 'bob'),
      id.replace('a'.repeat(32), 'b'.repeat(32)),
      `${id}x`,
      id.slice(0, -1),
    ];
    for (const text of [...forged, '', '....', 'a.b.c.d']) expect(readWebhookId(master, text)).toBeUndefined();
  });
});

describe('the secret of a webhook', () => {
  test('is the same each time, another for each webhook, and not what seals its id', () => {
    const secret = secretOf(master, webhook);
    expect(secretOf(master, { ...webhook })).toBe(secret);
    const others = [{ owner: 'bob' }, { repositoryId: 'f'.repeat(16) }, { hook: 'b'.repeat(32) }];
    for (const other of others) expect(secretOf(master, { ...webhook, ...other })).not.toBe(secret);
    expect(webhookIdOf(master, webhook)).not.toContain(secret);
  });

  test('signs a body as GitHub does', () => {
    // The example of https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
    const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(isSigned("It's a Secret to Everybody", Buffer.from('Hello, World!'), header)).toBe(true);
  });

  test.each([
    ['of another body', sign('secret', 'other')],
    ['by another secret', sign('wrong', 'body')],
    ['in capitals', sign('secret', 'body').toUpperCase()],
    ['that is cut', sign('secret', 'body').slice(0, -1)],
    ['of another kind', sign('secret', 'body').replace('sha256', 'sha1')],
    ['that is empty', ''],
    ['that is missing', undefined],
  ])('takes no signature %s', (_, header) => {
    expect(isSigned('secret', Buffer.from('body'), sign('secret', 'body'))).toBe(true);
    expect(isSigned('secret', Buffer.from('body'), header)).toBe(false);
  });
});
