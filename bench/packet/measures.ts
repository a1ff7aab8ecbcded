import { ADDRESS } from '../trio.ts';

/** The port of the VIP with the service, and one without. */
export const PORT = { served: 80, free: 22 } as const;
/** Behind the director, and nothing to it. */
const STRANGER = '198.51.100.7';
export const RIP_PORT = { masquerade: 8080, same: PORT.served } as const;

export interface PacketMeasure {
  name: string;
  title: string;
  /** What the packets are: of a connection that there is, the client's or the real server's; of a new one; of none. */
  kind: 'established' | 'reply' | 'fresh' | 'pass';
  /** Where the packets go instead of to the VIP. */
  address?: string;
  /** Lines of ipvsadm. */
  rules: readonly string[];
  /** The program of bench/bpf/floor.bpf.c that it is compared with. */
  floor: 'floor_established' | 'floor_new' | 'floor_pass';
  /** One more floor: that does what this measure cannot do without, or takes as many instructions as a director. */
  wider?: 'floor_tunnel' | 'floor_idle';
}

function rules(port: number, method: '-g' | '-m' | '-i'): string[] {
  const service = `${ADDRESS.vip}:${PORT.served}`;
  return [`-A -t ${service} -s rr`, `-a -t ${service} -r ${ADDRESS.rip}:${port} ${method}`];
}

const DR = rules(RIP_PORT.same, '-g');
const NAT = rules(RIP_PORT.masquerade, '-m');
const TUN = rules(RIP_PORT.same, '-i');

/** True where connections are made before they are measured, as many as there are flows. */
export const isKnown = ({ kind }: PacketMeasure): boolean => kind === 'established' || kind === 'reply';

export const MEASURES: readonly PacketMeasure[] = [
  {
    name: 'dr',
    title: 'DR, established',
    kind: 'established',
    rules: DR,
    floor: 'floor_established',
    wider: 'floor_idle',
  },
  { name: 'nat', title: 'NAT, established', kind: 'established', rules: NAT, floor: 'floor_established' },
  { name: 'nat-reply', title: 'NAT, established, reply', kind: 'reply', rules: NAT, floor: 'floor_established' },
  {
    name: 'tun',
    title: 'TUN, established',
    kind: 'established',
    rules: TUN,
    floor: 'floor_established',
    wider: 'floor_tunnel',
  },
  { name: 'new-dr', title: 'DR, new connection', kind: 'fresh', rules: DR, floor: 'floor_new' },
  { name: 'new-nat', title: 'NAT, new connection', kind: 'fresh', rules: NAT, floor: 'floor_new' },
  {
    name: 'pass',
    title: 'to an address without a service',
    kind: 'pass',
    address: STRANGER,
    rules: DR,
    floor: 'floor_pass',
  },
  { name: 'pass-vip', title: 'to a free port of the VIP', kind: 'pass', rules: DR, floor: 'floor_pass' },
];
