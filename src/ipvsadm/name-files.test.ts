import { expect, test } from 'vitest';
import { namesFromFiles } from './name-files.ts';

const HOSTS = `
# a comment
127.0.0.1 localhost
10.0.0.10\twww.example.test www # the second name is an alias
10.0.0.11 www
10.0.0.10 later.example.test
2001:DB8::10 www6.example.test
nonsense here
10.0.0.12
`;
const SERVICES = `
http  80/tcp www # WorldWideWeb
other 80/tcp
domain 53/udp
broken x/tcp
alone
`;
const names = namesFromFiles(HOSTS, SERVICES);

test('a host has the address of the first line that names it, in either case of letters', async () => {
  expect(await names.addressOf('WWW')).toBe('10.0.0.10');
  expect(await names.addressOf('later.example.test')).toBe('10.0.0.10');
  expect(await names.addressOf('www6.example.test')).toBeUndefined();
  expect(await names.addressOf('nosuch')).toBeUndefined();
});

test('an address has the first name of its first line', async () => {
  expect(await names.hostOf('10.0.0.10')).toBe('www.example.test');
  expect(await names.hostOf('2001:db8::10')).toBe('www6.example.test');
  expect(await names.hostOf('10.0.0.12')).toBeUndefined();
});

test('ports have names in their own protocol', async () => {
  expect(await names.serviceOf(80, 'tcp')).toBe('http');
  expect(await names.serviceOf(80, 'udp')).toBeUndefined();
  expect(await names.portOf('www', 'tcp')).toBe(80);
  expect(await names.portOf('domain', 'udp')).toBe(53);
  expect(await names.portOf('domain', 'tcp')).toBeUndefined();
});
