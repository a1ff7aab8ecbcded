import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Surroundings } from '../../src/lvs/routing.ts';

/** A step of a recorded session: one run of ipvsadm. */
export interface CliStep {
  argv: [program: string, ...words: string[]];
  stdin?: string;
  /** The user it ran as, if it was not root. */
  as?: string;
  /** The order of the lines of stdout is not defined. */
  unordered?: boolean;
  stdout: string;
  stderr: string;
  exit: number;
}

/** What a step has printed, and how it ended. */
export interface Played {
  stdout: string;
  stderr: string;
  exit: number;
}

export interface CliRecording {
  name: string;
  description: string;
  steps: CliStep[];
}

/** Folder of the recordings: WEIR_GOLDEN, or `test/golden`. */
export const GOLDEN = resolve(process.env['WEIR_GOLDEN'] ?? join(import.meta.dirname, '../golden'));

/** The recorded sessions in WEIR_GOLDEN, by name. @throws Error if there are none */
export function readGoldenSessions(): CliRecording[] {
  const folder = join(GOLDEN, 'cli');
  if (!existsSync(folder)) {
    throw new Error(`there are no recordings in ${folder}: set WEIR_GOLDEN to the folder that has them`);
  }
  return readFolder(folder);
}

/** The recorded sessions that are part of the repository (test/recordings). */
export function readOwnSessions(): CliRecording[] {
  return readFolder(resolve(import.meta.dirname, '../recordings/cli'));
}

function readFolder(folder: string): CliRecording[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}

/** Standard output in a form in which two runs of a step can be compared. */
export function comparable(step: CliStep, stdout: string): string {
  return step.unordered === true ? stdout.split('\n').sort().join('\n') : stdout;
}

/** What the table holds when a recording starts is nothing, with these timeouts and no daemons. */
export const RESET: readonly string[][] = [
  ['-C'],
  ['--set', '900', '120', '300'],
  ['--stop-daemon', 'master'],
  ['--stop-daemon', 'backup'],
];

/** The schedulers of the kernel. */
export const SCHEDULERS: ReadonlySet<string> = new Set(
  'rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh twos none'.split(' '),
);

/** The interfaces of the recorded machine, by its README. */
export const SURROUNDINGS: Surroundings = {
  interfaces: {
    lo: { addresses: ['127.0.0.1/8', '::1/128'], mtu: 65536 },
    eth0: { addresses: ['10.200.0.1/24', '2001:db8:200::1/64'], mtu: 1500 },
    eth1: { addresses: ['10.201.0.1/24', '2001:db8:201::1/64'], mtu: 1500 },
  },
  routes: [],
  neighbours: [],
};

/** The hosts file of the recorded machine, which knew no other names. */
export const HOSTS = `127.0.0.1 localhost
10.0.0.10 www.example.test
192.168.1.11 rs1.example.test
192.168.100.100 a-very-long-real-server-name.example.test
2001:db8::10 www6.example.test
2001:db8:1::11 rs6.example.test
`;

/** The services in common use, as Debian's /etc/services names them. */
export const SERVICES = `echo 7/tcp
echo 7/udp
discard 9/tcp sink null
discard 9/udp sink null
daytime 13/tcp
daytime 13/udp
ftp-data 20/tcp
ftp 21/tcp
ssh 22/tcp
telnet 23/tcp
smtp 25/tcp mail
time 37/tcp timserver
time 37/udp timserver
domain 53/tcp
domain 53/udp
bootps 67/udp
bootpc 68/udp
tftp 69/udp
http 80/tcp www # WorldWideWeb HTTP
kerberos 88/tcp kerberos5 krb5 kerberos-sec
kerberos 88/udp kerberos5 krb5 kerberos-sec
pop3 110/tcp pop-3
sunrpc 111/tcp portmapper
sunrpc 111/udp portmapper
ntp 123/udp
imap2 143/tcp imap
snmp 161/tcp
snmp 161/udp
bgp 179/tcp
ldap 389/tcp
ldap 389/udp
https 443/tcp
https 443/udp
submission 587/tcp
ldaps 636/tcp
imaps 993/tcp
pop3s 995/tcp
radius 1812/tcp
radius 1812/udp
nfs 2049/tcp
nfs 2049/udp
mysql 3306/tcp
sip 5060/tcp
sip 5060/udp
sip-tls 5061/tcp
sip-tls 5061/udp
postgresql 5432/tcp postgres
http-alt 8080/tcp webcache
http-alt 8080/udp
tproxy 8081/tcp
`;
