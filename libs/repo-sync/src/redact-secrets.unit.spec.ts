import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REDACTED, redactSecrets } from './redact-secrets.js';

// Put together here, so that this file holds no secret itself.
const github = `ghp_abcdefghijklmnopqrstuvwxyz0123456789`;
const slack = ['xoxb', '123456789012', '123456789012', 'abcdefghijklmnopqrstuvwx'].join('-');
const awsId = `AKIAIOSFODNN7EXAMPLF`;
const awsKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const pem = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA', 'q83v', '-----END RSA PRIVATE KEY-----'].join('\n');

describe('redactSecrets', () => {
  test.each([
    ['a GitHub token', github],
    ['a Slack token', slack],
    ['the id of an AWS key', awsId],
    ['a password in a URL', 'https://ana:s3cretpassw0rd@db.example.com/x'],
  ])('replaces %s', async (_, secret) => {
    const { text, count } = await redactSecrets('src/a.ts', `before "${secret}" after\n`);
    expect(text).not.toContain(secret);
    expect(text).toMatch(/^before "\[redacted\].*" after\n$/);
    expect(count).toBe(1);
  });

  test('replaces the value of an AWS key, and leaves its name', async () => {
    const { text } = await redactSecrets('.profile', `AWS_SECRET_ACCESS_KEY=${awsKey}\n`);
    expect(text).toBe(`AWS_SECRET_ACCESS_KEY=${REDACTED}\n`);
  });

  test('keeps every line where it is, also behind a key of many lines', async () => {
    const { text } = await redactSecrets('a.ts', `one\n${pem}\nlast`);
    expect(text.split('\n')).toEqual(['one', REDACTED, '', '', '', 'last']);
  });

  test('replaces a key without its end', async () => {
    const { text } = await redactSecrets('a.ts', pem.slice(0, 50));
    expect(text).toBe(`${REDACTED}\n\n`);
  });

  test('changes nothing in a text without secrets', async () => {
    const text = 'const token = readToken();\n// sha256: 2b6c0f3e8d4f7b1a\n';
    expect(await redactSecrets('a.ts', text)).toEqual({ text, count: 0 });
  });

  test('finds a secret wherever it stands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), async (before, after) => {
        const { text } = await redactSecrets('a.txt', `${before}\n${github}\n${after}`);
        expect(text).not.toContain(github);
      }),
      { numRuns: 50 },
    );
  });
});
