import { nameOfSource, parseSource, readRoots } from '@memlane/contracts';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from './check-source.js';

const roots = ['/srv/code'];

describe('parseSource', () => {
  test.each(['https://git.example/ana/shop.git', 'https://git.example:8443/x'])('takes %s', (text) => {
    expect(parseSource(text, roots)).toMatchObject({ ok: true, value: { kind: 'https', host: 'git.example' } });
  });

  test.each(['/srv/code', '/srv/code/shop', '/srv/code/shop/', '/srv/code/my shop'])('takes the folder %j', (text) => {
    expect(parseSource(text, roots)).toMatchObject({ ok: true, value: { kind: 'local' } });
  });

  test.each([
    'ext::sh -c id',
    'ext::id',
    'file:///srv/code/shop',
    'git://git.example/x',
    'ssh://git.example/x',
    'http://git.example/x',
    'git@git.example:x.git',
    '-oProxyCommand=id',
    '--upload-pack=id',
    'https://ana:pw@git.example/x',
    'https://ana@git.example/x',
    'https://git.example/../x',
    'https://git.example/%2e%2e/x',
    'https://git.example/x?y',
    'https://git.example/x#y',
    'https://git.example/x y',
    'https://',
    'https://git.example/x\ny',
    'shop',
    './shop',
    '../shop',
    '/etc',
    '/srv/code/../secret',
    '/srv/codebase',
    '/srv/code//x',
    '/srv/code/./x',
    '/srv/code/x\ny',
    'a'.repeat(3_000),
    '',
  ])('refuses %j', (text) => {
    expect(parseSource(text, roots)).toMatchObject({
      ok: false,
      error: { code: 'MEMLANE_ERR_INVALID_SOURCE', field: 'source' },
    });
  });

  test('takes no folder where none is allowed', () => {
    expect(parseSource('/srv/code/shop', readRoots(undefined))).toMatchObject({ ok: false });
  });
});

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::ffff:169.254.169.254',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '::127.0.0.1',
  '::a00:1',
  '::ffff:0:127.0.0.1',
  '64:ff9b:1::a00:1',
  '2001::7f00:1',
  '2001:db8::1',
  '3fff::1',
  '5f00::1',
  'fec0::1',
  'ff02::1',
  '192.0.0.1',
  '198.18.0.1',
  '240.0.0.1',
  'localhost',
  '',
])('the address %j is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'])('the address %s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  ['https://git.example/ana/shop.git', 'shop'],
  ['https://git.example/ana/shop/', 'shop'],
  ['/srv/code/my shop', 'my-shop'],
  ['/srv/code/.hidden', 'hidden'],
  ['https://git.example/---', undefined],
])('the repository at %s is called %s', (source, name) => {
  expect(nameOfSource(source)).toBe(name);
});
