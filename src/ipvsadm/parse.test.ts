import { describe, expect, test } from 'vitest';
import { operationOf } from './operation-of.ts';
import { namesFromFiles } from './name-files.ts';
import { parseCommandLine } from './parse.ts';
import { Refusal } from './refusal.ts';

const names = namesFromFiles('127.0.0.1 localhost\n', 'http 80/tcp\n');

async function refusalOf(line: string): Promise<[code: number, message: string]> {
  try {
    await parseCommandLine(line.split(' '), names);
  } catch (error) {
    if (error instanceof Refusal) return [error.code, error.message];
    throw error;
  }
  throw new Error(`${line} is accepted`);
}

async function operation(line: string): Promise<ReturnType<typeof operationOf>> {
  const invocation = await parseCommandLine(line.split(' '), names);
  return invocation.kind === 'command' ? operationOf(invocation.draft) : undefined;
}

const TRY = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.";

/** What no recording shows, measured on ipvsadm 1.31 of Debian 12. */
describe('a command line is refused', () => {
  test.each([
    ['foo', 255, TRY],
    ['--start-daemon -n', 2, 'illegal start-daemon parameter specified'],
    ['-L -nh', 2, "invalid option `-nh'"],
    ['-S -R', 2, "invalid option `-R'"],
    ['-R -n', 2, "Illegal 'numeric' option with the 'restore' command"],
    ['-R foo', 2, 'unexpected argument foo'],
    ['-a -n -r 1.1.1.1', 2, "Illegal 'numeric' option with the 'add-server' command"],
    ['-a -r 1.2.3.4:http -t 10.0.0.1:80 -m', 2, 'illegal real server address[:port] specified'],
    ['-A -t 10.0.0.1 -o', 2, 'Zero port specified for non-persistent service'],
    ['-A -t [::1]:80 -M 0', 2, 'illegal ipv6 netmask specified'],
    ['-A -t [::1]:80 -M 129', 2, 'illegal ipv6 netmask specified'],
    ['-A -M 64abc -t [::1]:80', 2, 'illegal virtual server persistent mask specified'],
    ['-A -t 10.0.0.1:80 -b bad foo', 2, 'unexpected argument foo'],
    ['-A -t 10.0.0.1:80 -b bad -n', 2, "invalid scheduler flag `bad'"],
    ['-L -b bad', 2, "invalid scheduler flag `bad'"],
    ['-A -f 5 -f 6', 2, "multiple 'service-address' options specified"],
    ['--set -- -1 2 3', 2, "invalid timeout value `-1' specified"],
    ['--start-daemon master --mcast-group ff02::zz', 2, "invalid IPv6 mcast-group `ff02::zz'"],
    ['--start-daemon master --mcast-group [ff02::1]', 2, "invalid IPv6 mcast-group `[ff02::1]'"],
    ['--start-daemon master --mcast-group 240.0.0.1', 2, "invalid IPv4 mcast-group `240.0.0.1'"],
    [
      '-a -t 1.1.1.1:80 -r [::1]:80 -m --tun-type gue',
      2,
      'Different address family is allowed only for tunneling servers',
    ],
    ['-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type GUE', 2, 'illegal tunnel type specified'],
    ['-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-csum', 2, "Illegal 'tun-csum' option with the 'ipip' tunnel type"],
    [
      '-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type gre --tun-remcsum',
      2,
      "Illegal 'tun-remcsum' option with the 'gre' tunnel type",
    ],
    [
      '-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type gue --tun-remcsum --tun-nocsum',
      2,
      "You need to supply the 'tun-port' option for the 'gue' tunnel type",
    ],
    [
      '-a -t 1.1.1.1:80 -r 2.2.2.2 -i --tun-type gue --tun-port 5 --tun-remcsum --tun-csum',
      2,
      "The option 'tun-remcsum' conflicts with the 'tun-csum' option in the 'gue' tunnel type",
    ],
  ])('%s', async (line, code, message) => {
    expect(await refusalOf(line)).toEqual([code, message]);
  });
});

describe('a command line means', () => {
  test.each([
    ['-A -f 5 -6 -6', { match: { mark: 5, family: 'inet6' } }],
    ['-A -f +5', { match: { mark: 5, family: 'inet' } }],
    ['-A -p -t 10.0.0.1:80', { persistence: { timeout: 360, netmask: '255.255.255.255' } }],
    ['-A -t localhost:80 -p -M localhost', { persistence: { timeout: 360, netmask: '127.0.0.1' } }],
    ['-A -t [::1]:80 -p -M 64abc', { persistence: { timeout: 360, netmask: '64' } }],
    ['-A -M 255.0.0.0 -t [::1]:80 -p', { persistence: { timeout: 360, netmask: '128' } }],
    ['-A -f 8 -M 255.0.0.0 -6 -p', { persistence: { timeout: 360, netmask: '128' } }],
    ['-A -t 10.0.0.1:80 -s=', { scheduler: 'wlc' }],
    ['-A -t 10.0.0.1:80 -s abcdefghijklmnopqrs', { scheduler: 'abcdefghijklmno' }],
    ['-A -t 10.0.0.1:80 --pe sip', { persistenceEngine: 'sip' }],
  ])('%s', async (line, service) => {
    expect(await operation(line)).toMatchObject({ do: 'add-service', service });
  });

  test.each([
    ['-a -t 10.0.0.1:80 -r 10.0.0.2:81 -g', 80],
    ['-a -t 10.0.0.1:80 -r 10.0.0.2:81 -i', 80],
    ['-a -t 10.0.0.1:80 -r 10.0.0.2:81 -m', 81],
    ['-a -r 10.0.0.2 -t 10.0.0.1:80 -m', 0],
    ['-a -f 5 -r 10.0.0.2:81 -g', 81],
    ['-a -f 5 -r 10.0.0.2:http -m', 80],
  ])('%s: port %i', async (line, port) => {
    expect(await operation(line)).toMatchObject({ destination: { address: '10.0.0.2', port } });
  });

  test('the port of a server that is deleted is not replaced', async () => {
    expect(await operation('-d -t 10.0.0.1:80 -r 10.0.0.2:81')).toMatchObject({ destination: { port: 81 } });
  });

  test('names of interfaces are cut to what the kernel has room for', async () => {
    expect(await operation('--start-daemon master --mcast-interface abcdefghijklmnopqrs')).toMatchObject({
      daemon: { interface: 'abcdefghijklmno' },
    });
  });
});
