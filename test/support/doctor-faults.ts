import { fileURLToPath } from 'node:url';

/** What people get wrong, typed into labs of namespaces: one fault for each rule of the doctor that this kernel can show. */

export interface DoctorFault {
  rule: string;
  host: string;
  plant?: string;
  /** A program that runs while the doctor looks. */
  meanwhile?: { host: string; command: string };
  /** Connections that the client opens before. */
  connections?: number;
  /** Seconds by which the director's clock is moved ahead before the doctor looks. */
  clock?: number;
  /** A port of the switch that is down while the doctor looks. */
  wire?: string;
  /** Takes it back where the doctor has no command for it. */
  heal?: string;
  /** Taken back after that. */
  after?: string;
}

const FOREIGN_XDP = fileURLToPath(new URL('foreign-xdp.mjs', import.meta.url));

/** LRO is a feature of real NICs. */
export const RECORDED_ONLY: readonly string[] = ['large-receive-offload'];

const sysctls = (host: string, rule: string, ...settings: string[]): DoctorFault => ({
  rule,
  host,
  plant: `sysctl -qw ${settings.join(' ')}`,
});

const drop = (rule: string, host: string, hook: string, match: string): DoctorFault => ({
  rule,
  host,
  plant: `nft add table inet t; nft add chain inet t c '{ type filter hook ${hook} priority 0; }'; nft add rule inet t c ${match} counter drop`,
  heal: 'nft delete table inet t',
});

/** Sends datagrams from an address that the host has on lo, and does not ask by ARP in its name. */
const SPOOF = `ip address replace 1.1.1.200/32 dev lo; sysctl -qw net.ipv4.conf.all.arp_announce=2; exec perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 17); bind(S, sockaddr_in(0, inet_aton("1.1.1.200"))); while (1) { send(S, "x", 0, sockaddr_in(9, inet_aton("10.1.1.21"))); select(undef, undef, undef, 0.1) }'`;

/** Sends TCP segments to port 80 whose checksum is wrong. */
const WRONG_CHECKSUMS = `exec perl -MSocket -e 'socket(S, PF_INET, SOCK_RAW, 6); while (1) { send(S, pack("nnNNnnnn", 4000, 80, 1, 0, 0x5002, 100, 0xdead, 0), 0, sockaddr_in(0, inet_aton("1.1.1.128"))); select(undef, undef, undef, 0.1) }'`;

/** Opens a connection to the VIP and says nothing. */
const IDLE = `exec perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 6); connect(S, sockaddr_in(80, inet_aton("10.1.1.21"))) or die; sleep 60'`;

export const DOCTOR_FAULTS: Readonly<Record<string, readonly DoctorFault[]>> = {
  nat: [
    { rule: 'nat-gateway', host: 'web1', plant: 'ip route replace default via 1.1.1.129' },
    { rule: 'no-way-back', host: 'web2', plant: 'ip route del default' },
    sysctls('director', 'ip-forward', 'net.ipv4.ip_forward=0'),
    {
      rule: 'nothing-schedulable',
      host: 'director',
      plant: 'ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 0; ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.129:80 -m -w 0',
      heal: 'ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.128:80 -m; ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.129:80 -m',
    },
    drop('firewall-server', 'web1', 'input', 'tcp dport 80'),
    drop('firewall-director', 'director', 'input', 'ip daddr 10.1.1.21'),
    {
      rule: 'source-nat',
      host: 'director',
      plant: `nft add table ip t; nft add chain ip t c '{ type nat hook postrouting priority 100; }'; nft add rule ip t c ip daddr 1.1.1.128 masquerade`,
      heal: 'nft delete table ip t',
    },
    {
      rule: 'rp-filter-director',
      host: 'director',
      plant: 'sysctl -qw net.ipv4.conf.eth0.rp_filter=1',
      meanwhile: { host: 'client', command: SPOOF },
      after: 'sysctl -qw net.ipv4.conf.eth0.rp_filter=0',
    },
    {
      rule: 'vip-unreachable',
      host: 'director',
      plant: 'ipvsadm -A -t 10.1.1.99:80 -s rr; ipvsadm -a -t 10.1.1.99:80 -r 1.1.1.128:80 -m',
      after: 'ipvsadm -D -t 10.1.1.99:80; ip address del 10.1.1.99/32 dev eth0',
    },
    {
      rule: 'not-listening',
      host: 'director',
      plant: 'ipvsadm -A -t 10.1.1.21:81 -s rr; ipvsadm -a -t 10.1.1.21:81 -r 1.1.1.128:81 -m',
      heal: 'ipvsadm -D -t 10.1.1.21:81',
    },
    {
      rule: 'ftp-alone',
      host: 'director',
      plant: 'ipvsadm -A -t 10.1.1.21:21 -s rr; ipvsadm -a -t 10.1.1.21:21 -r 1.1.1.128:80 -m',
      heal: 'ipvsadm -D -t 10.1.1.21:21',
    },
    {
      rule: 'sh-table',
      host: 'director',
      plant:
        'ipvsadm -E -t 10.1.1.21:80 -s sh; ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 200; ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.129:80 -m -w 200',
      heal: 'ipvsadm -E -t 10.1.1.21:80 -s rr; ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.128:80 -m; ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.129:80 -m',
    },
    {
      rule: 'tunnel-mtu',
      host: 'director',
      plant: 'ip link set eth1 mtu 1400',
      after: 'ip link set eth1 mtu 1500',
    },
    { rule: 'checksums', host: 'web1', meanwhile: { host: 'web2', command: WRONG_CHECKSUMS } },
    { rule: 'server-silent', host: 'web2', wire: 'web2-eth0' },
    {
      rule: 'foreign-program',
      host: 'director',
      plant: `${process.execPath} ${FOREIGN_XDP} eth0 $(ip -o link show eth0 | cut -d: -f1)`,
      heal: 'ip link set dev eth0 xdp off',
    },
    {
      rule: 'persistence-share',
      host: 'director',
      plant: 'ipvsadm -E -t 10.1.1.21:80 -s rr -p 360',
      connections: 25,
      heal: 'ipvsadm -E -t 10.1.1.21:80 -s rr',
    },
    {
      rule: 'idle-timeout',
      host: 'director',
      meanwhile: { host: 'client', command: IDLE },
      clock: 800,
      after: 'ipvsadm --set 900 0 0',
    },
    {
      rule: 'client-beside-server',
      host: 'web1',
      plant: 'for i in 1 2; do curl -s -m 1 http://10.1.1.21/ > /dev/null; done; true',
    },
  ],
  dr: [
    { rule: 'vip-missing', host: 'web1', plant: 'ip address del 1.1.1.130/32 dev lo' },
    {
      rule: 'vip-short-mask',
      host: 'web2',
      plant: 'ip address add 1.1.1.130/24 dev lo; ip address del 1.1.1.130/32 dev lo',
    },
    sysctls('web2', 'arp-answers', 'net.ipv4.conf.all.arp_ignore=0'),
    {
      rule: 'arp-announce',
      host: 'web1',
      plant: 'sysctl -qw net.ipv4.conf.all.arp_announce=0; ip neigh del 1.1.1.1 dev eth0',
      after: 'ip neigh replace 1.1.1.1 lladdr 00:50:56:c0:00:01 dev eth0 nud permanent',
    },
    {
      rule: 'arp-announce',
      host: 'director',
      plant: 'ip neigh del 1.1.1.128 dev eth0',
      heal: 'ip neigh replace 1.1.1.128 lladdr 02:01:01:01:01:28 dev eth0 nud permanent',
    },
    {
      rule: 'dr-gateway',
      host: 'web1',
      plant: 'ip route replace default via 1.1.1.130',
      heal: 'ip route replace default via 1.1.1.1',
    },
    {
      rule: 'duplicate-vip',
      host: 'router',
      plant: 'ip address add 1.1.1.130/32 dev vmnet1',
      heal: 'ip address del 1.1.1.130/32 dev vmnet1',
    },
    {
      rule: 'rp-filter-server',
      host: 'web1',
      plant:
        'ip link add d0 type veth peer name d1; ip address add 192.168.9.8/24 dev d0; ip link set d0 up; ip link set d1 up; ip route replace default via 192.168.9.1; sysctl -qw net.ipv4.conf.eth0.rp_filter=1',
      after: 'ip link del d0; ip route replace default via 1.1.1.1; sysctl -qw net.ipv4.conf.eth0.rp_filter=0',
    },
    {
      rule: 'server-beyond-router',
      host: 'director',
      plant: 'ipvsadm -a -t 1.1.1.130:80 -r 10.1.1.100 -g',
      heal: 'ipvsadm -d -t 1.1.1.130:80 -r 10.1.1.100',
    },
    {
      rule: 'director-loop',
      host: 'web1',
      plant: `weir run --engine model > "\${WEIR_SOCKET%/*}/loop.log" 2>&1 & echo $! > "\${WEIR_SOCKET%/*}/loop.pid"
        while [ ! -S "$WEIR_SOCKET" ]; do sleep 0.1; done
        ipvsadm -A -t 1.1.1.130:80 -s rr; ipvsadm -a -t 1.1.1.130:80 -r 1.1.1.129 -g`,
      heal: 'kill "$(cat "${WEIR_SOCKET%/*}/loop.pid")"; while [ -S "$WEIR_SOCKET" ]; do sleep 0.1; done',
    },
    {
      rule: 'reply-lost',
      host: 'router',
      plant: `nft add table inet t; nft add chain inet t c '{ type filter hook forward priority 0; }'; nft add rule inet t c ip saddr 1.1.1.130 drop`,
      meanwhile: {
        host: 'client',
        command: 'for i in 1 2 3 4 5 6 7 8; do curl -s -m 5 http://1.1.1.130/ & done; wait',
      },
      heal: 'nft delete table inet t; sleep 2',
    },
    {
      rule: 'client-is-director',
      host: 'director',
      // Its connections are over with the rules they belong to.
      after:
        'rules=$(weir save -); weir set expire_nodest_conn=1; ipvsadm -C; sleep 0.5; echo "$rules" | weir restore -',
      meanwhile: { host: 'director', command: 'while :; do curl -s -m 1 http://1.1.1.130/; sleep 0.05; done' },
    },
  ],
  'nat-one-nic': [
    sysctls('director', 'redirects', 'net.ipv4.conf.all.send_redirects=1', 'net.ipv4.conf.eth0.send_redirects=1'),
  ],
  ipv6: [
    {
      rule: 'vip-as-source',
      host: 'web1',
      plant:
        "ip -6 address change $(ip -6 -o address show dev eth0 scope global | awk '{ print $4 }') dev eth0 preferred_lft 0",
    },
    {
      rule: 'duplicate-vip',
      host: 'router',
      plant: 'ip -6 address add 2001:db8:2::130/128 dev vmnet1 nodad',
      heal: 'ip -6 address del 2001:db8:2::130/128 dev vmnet1',
    },
    {
      rule: 'arp-answers',
      host: 'web1',
      plant: 'ip -6 address del 2001:db8:2::130/128 dev lo; ip -6 address add 2001:db8:2::130/128 dev eth0 nodad',
    },
  ],
  tun: [
    { rule: 'no-decapsulation', host: 'web1', plant: 'weir decap down' },
    {
      rule: 'tunnel-mtu',
      host: 'router',
      plant: 'ip link set eth2 mtu 1400',
      after: 'ip link set eth2 mtu 1500',
    },
  ],
};
