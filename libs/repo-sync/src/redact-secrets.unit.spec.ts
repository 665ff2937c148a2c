import { limit, secretKinds, type SecretKind } from '@memlane/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REDACTED, redactSecrets } from './redact-secrets.js';

// Put together here, so that this file holds no secret itself.
const github = `ghp_abcdefghijklmnopqrstuvwxyz0123456789`;
const slack = ['xoxb', '123456789012', '123456789012', 'abcdefghijklmnopqrstuvwx'].join('-');
const awsId = `AKIAIOSFODNN7EXAMPLF`;
const awsKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const pem = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA', 'q83v', '-----END RSA PRIVATE KEY-----'].join('\n');

/** Letters and digits that are no secret of anybody. */
const fake = (length: number, from = 'aB3dE6gH9jK2mN5pQ8sT1vW4xY7z') => from.repeat(length).slice(0, length);
const hex = (length: number) => fake(length, '0a1b2c3d4e5f6789');
const lines = (count: number) => Array.from({ length: count }, (_, n) => fake(60) + String(n).padStart(4, 'A'));
const begin = (kind: string) => `-----BEGIN ${kind}-----`;
const end = (kind: string) => `-----END ${kind}-----`;
const jwt = `eyJ${fake(30)}.eyJ${fake(80)}.${fake(43)}`;

/** A text with a secret, what must be gone from it, and the path of its file. */
type Sample = [text: string, gone: string, path?: string];

const samples: Readonly<Record<SecretKind, readonly Sample[]>> = {
  'private-key': [
    ...['RSA PRIVATE KEY', 'EC PRIVATE KEY', 'PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'].flatMap(
      (kind) =>
        [
          [[begin(kind), ...lines(9), end(kind)].join('\n'), lines(9)[8] ?? ''],
          [[begin(kind), ...lines(9)].join('\n'), lines(9)[8] ?? ''],
          [`const key = "${[begin(kind), ...lines(9)].join('\\n')}";`, lines(9)[8] ?? ''],
          [[begin(kind), ...lines(9)].map((line) => `  "${line}\\n" +`).join('\n'), lines(9)[8] ?? ''],
          [`${begin(kind)}\n${fake(1_600)}`, fake(1_000)],
        ] satisfies Sample[],
    ),
    [
      [begin('RSA PRIVATE KEY'), 'Proc-Type: 4,ENCRYPTED', `DEK-Info: AES-256-CBC,${hex(32)}`, '', ...lines(9)].join(
        '\n',
      ),
      lines(9)[8] ?? '',
    ],
    [[begin('PGP PRIVATE KEY BLOCK'), 'Version: GnuPG v2', '', ...lines(9)].join('\r\n'), lines(9)[8] ?? ''],
    [['Private-Lines: 9', ...lines(9), `Private-MAC: ${hex(64)}`].join('\n'), lines(9)[8] ?? ''],
    [['Private-Lines: 9', ...lines(9), `Private-MAC: ${hex(64)}`].join('\n'), hex(64)],
    [`AGE-SECRET-KEY-1${fake(58).toUpperCase()}`, fake(58).toUpperCase()],
  ],
  memlane: [
    [`key: mlk_abcdefgh01234501_${fake(43)}`, fake(43)],
    [`Bearer mlk_ABCDefgh_${fake(43)}`, fake(43)],
  ],
  aws: [
    [`id=AKIA${fake(16).toUpperCase()}`, fake(16).toUpperCase()],
    ...['{"SecretAccessKey": "', 'secretAccessKey: "', 'aws_secret_access_key = "', "'secret-access-key' => \""].map(
      (name): Sample => [`${name}${fake(40)}"}`, fake(20).slice(-8)],
    ),
  ],
  google: [
    [`AIza${fake(35)}`, fake(35)],
    [`GOCSPX-${fake(28)}`, fake(28)],
    [`ya29.${fake(120)}`, fake(120)],
  ],
  azure: [
    [`DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${fake(86)}==;EndpointSuffix=x`, fake(86)],
    [`SharedAccessKey=${fake(43)}=`, fake(43)],
    [`https://a.blob.example/c?sv=2022&sig=${fake(43)}%3D`, fake(43)],
  ],
  forge: [
    [github, github],
    [`github_pat_${fake(82)}`, fake(82)],
    [`glpat-${fake(20)}`, fake(20)],
    [`glrt-${fake(27)}.01.${fake(9)}`, `01.${fake(9)}`],
  ],
  registry: [
    [`npm_${fake(36)}`, fake(36)],
    [`//registry.example/:_authToken=${fake(40)}`, fake(40)],
    [`pypi-AgEIcHlwaS5vcmc${fake(120)}`, fake(120)],
    [`dckr_pat_${fake(27)}`, fake(27)],
  ],
  chat: [
    [slack, slack],
    [`https://hooks.slack.com/services/T${fake(8)}/B${fake(8)}/${fake(24)}`, fake(24)],
    [`1234567890:AA${fake(33)}`, fake(33)],
  ],
  ai: [
    [`sk-proj-${fake(48)}`, fake(48)],
    [`sk-proj-${fake(74)}T3BlbkFJ${fake(74)}`, fake(74)],
    [`sk-${fake(48)}`, fake(48)],
    [`sk-ant-api03-${fake(93)}AA`, fake(93)],
    [`sk-or-v1-${hex(64)}`, hex(64)],
    [`gsk_${fake(52)}`, fake(52)],
    [`hf_${fake(34)}`, fake(34)],
  ],
  payment: [
    [`sk_live_${fake(24)}`, fake(24)],
    [`rk_test_${fake(99)}`, fake(99)],
    [`whsec_${fake(32)}`, fake(32)],
    [`shpat_${hex(32)}`, hex(32)],
  ],
  service: [
    [`dapi${hex(32)}`, hex(32)],
    [`dop_v1_${hex(64)}`, hex(64)],
    [`figd_${fake(40)}`, fake(40)],
    [`glsa_${fake(32)}_${hex(8)}`, fake(32)],
    [`lin_api_${fake(40)}`, fake(40)],
    [`ntn_12345678901${fake(35)}`, fake(35)],
    [`SG.${fake(22)}.${fake(43)}`, fake(43)],
    [`SK${hex(32)}`, hex(32)],
    [`hvs.${fake(95)}`, fake(95)],
    [`vcp_${fake(40)}`, fake(40)],
    [
      `ops_${Buffer.from(`{"key":"${fake(186)}"}`).toString('base64')}`,
      Buffer.from(fake(150)).toString('base64').slice(40, 60),
    ],
  ],
  jwt: [[`Authorization: Bearer ${jwt}`, jwt.slice(-43)]],
  url: [
    ['https://ana:s3cretpassw0rd@db.example.com/x', 's3cretpassw0rd'],
    ['redis://:pass%21word@cache:6379/0', 'pass%21word'],
    ['amqps://ana:only-words@[::1]/x', 'only-words'],
    ['postgresql://ana:only-words@db/x', 'only-words'],
    ['mongodb+srv://ana:only-words@db/x', 'only-words'],
  ],
  netrc: [['machine git.example login ana\n  password hidden-words\n', 'hidden-words']],
  assigned: [
    ...[
      'password = "SuperS3cret"',
      "DB_PASSWORD: 'SuperS3cret'",
      '{"password":"SuperS3cret"}',
      "'client_secret' => 'SuperS3cret'",
      'apiKey := `SuperS3cret`',
      '<password>SuperS3cret</password>',
      'export DB_PASSWORD=SuperS3cret\n',
      'AUTH_TOKEN=SuperS3cret\r\n',
    ].map((text): Sample => [text, 'SuperS3cret']),
    ['  password: SuperS3cret  # no\n  secret: SuperS3cret\n', 'secret: SuperS3cret', 'config/app.yml'],
    ['auth.token=SuperS3cret', 'SuperS3cret', 'app.properties'],
    ['api_key = SuperS3cret', 'SuperS3cret', '.env.example'],
  ],
};

describe.each(Object.keys(secretKinds) as SecretKind[])('a secret of the kind %s', (kind) => {
  test.each(samples[kind])('is replaced as a whole: %j', async (text, gone, path = 'k/a.txt') => {
    expect(text, 'the sample').toContain(gone);
    const redacted = await redactSecrets(path, `first\n${text}\nlast one`);
    expect(redacted.text).not.toContain(gone);
    expect(redacted.text).toContain(REDACTED);
    expect(redacted.text).toMatch(/^first\n[^]*\nlast one$/);
    expect(redacted.text.split('\n')).toHaveLength(text.split('\n').length + 2);
  });
});

describe('what is no secret stays', () => {
  test.each([
    "if (text.includes('-----BEGIN PRIVATE KEY-----')) {\n  isKey = true;\n}\n",
    'const password = readPassword();\n',
    'password: "your-password-1"',
    'password: "${DB_PASSWORD1}"',
    "token: '<token 1>'",
    'passwordLabel: "Enter your password, 8 characters or more"',
    "type: 'password', autocomplete: 'new-password'",
    'interface Login { password: Base64Url; }',
    '<div class="sk-fading-circle sk-circle-12">',
    'postgres://${user}:${password}@${host}/x'.replace('postgres', 'amqp'),
    'https://git.example:8443/ana/shop.git',
    'git@git.example:ana/shop.git',
    'const mlk_prefix = 8;',
    'eyJhbGciOiJIUzI1NiJ9',
  ])('%j', async (text) => {
    expect(await redactSecrets('src/a.ts', text)).toEqual({ text, count: 0 });
  });
});

test('a comment does not keep a secret', async () => {
  const { text } = await redactSecrets('a.ts', `// secretlint-disable\nconst token = '${github}';\n`);
  expect(text).not.toContain(github);
});

test.each([
  ['headers of keys', `${begin('RSA PRIVATE KEY')}\n`],
  ['lines of keys', `${begin('PRIVATE KEY')}\n${'+/='.repeat(1_000)}!\n`],
  ['beginnings of tokens', 'eyJ-eyJ.eyJ-'],
  ['names', 'secret-access-key          '],
  ['quoted names', '"password": "'],
  ['addresses', 'https://a:'],
  ['words of netrc', 'machine login password '],
  ['spaces', ' '],
  ['letters', 'a'],
  ['digits', '1'],
  ['dashes', '-'],
])('a file as large as one may be that is full of %s is read in bounded time', async (_, part) => {
  const size = limit('repository_file_bytes');
  const { text } = await redactSecrets('.env', part.repeat(Math.ceil(size / part.length)).slice(0, size));
  expect(text.length).toBeGreaterThan(0);
});

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
