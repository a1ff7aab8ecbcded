import { WeirError } from '../base/error.ts';

interface Setting {
  readonly most: number;
  readonly text: string;
}

const SWITCH = 1;
const SECONDS = 0x7fffffff;

/** The only value of the automatic settings that does not depend on free memory; of that the model always has enough. */
export const ALWAYS = 3;

/**
 * The settings of IPVS that change what happens to packets: names and defaults of /proc/sys/net/ipv4/vs
 * (Documentation/networking/ipvs-sysctl.rst). docs/limits.md has those that Weir does not have, with the reason.
 */
export const DEFAULT_SETTINGS = {
  am_droprate: 10,
  backup_only: 0,
  cache_bypass: 0,
  conn_reuse_mode: 1,
  drop_entry: 0,
  drop_packet: 0,
  expire_nodest_conn: 0,
  expire_quiescent_template: 0,
  lblc_expiration: 86_400,
  lblcr_expiration: 86_400,
  nat_icmp_send: 0,
  pmtu_disc: 1,
  run_estimation: 1,
  schedule_icmp: 0,
  secure_tcp: 0,
  sloppy_sctp: 0,
  sloppy_tcp: 0,
};

export type SettingName = keyof typeof DEFAULT_SETTINGS;
export type Settings = Readonly<Record<SettingName, number>>;

/** The greatest value of each, and what it does in one line for people. */
export const SETTINGS: Readonly<Record<SettingName, Setting>> = {
  am_droprate: { most: SECONDS, text: 'with drop_packet=3 every how many-th new connection is refused' },
  backup_only: { most: SWITCH, text: 'balance nothing while the backup synchronisation daemon runs' },
  cache_bypass: { most: SWITCH, text: 'send marked packets on to where they go when no real server is left' },
  conn_reuse_mode: { most: 3, text: 'when a new connection may take the place of one with the same ports' },
  drop_entry: { most: ALWAYS, text: 'drop unfinished connections (3: always; 1 and 2: only without memory)' },
  drop_packet: { most: ALWAYS, text: 'refuse some new connections (3: always; 1 and 2: only without memory)' },
  expire_nodest_conn: { most: SWITCH, text: 'end the connections of a real server that is deleted' },
  expire_quiescent_template: { most: SWITCH, text: 'end persistence to real servers of weight 0' },
  lblc_expiration: { most: SECONDS, text: 'seconds until lblc forgets a destination' },
  lblcr_expiration: { most: SECONDS, text: 'seconds until lblcr shrinks a set of servers' },
  nat_icmp_send: { most: SWITCH, text: 'tell a masqueraded real server that its packet has no connection' },
  pmtu_disc: { most: SWITCH, text: 'carry DF over into tunnels' },
  run_estimation: { most: SWITCH, text: 'compute rates' },
  schedule_icmp: { most: SWITCH, text: 'schedule ICMP errors about connections that are not known' },
  secure_tcp: { most: ALWAYS, text: 'stricter TCP states (3: always; 1 and 2: only without memory)' },
  sloppy_sctp: { most: SWITCH, text: 'let any SCTP packet start a connection' },
  sloppy_tcp: { most: SWITCH, text: 'let any TCP packet but RST start a connection' },
};

export const SETTING_NAMES: readonly SettingName[] = Object.keys(DEFAULT_SETTINGS).filter(isSettingName);

/**
 * Reads `net.ipv4.vs.NAME` or plain `NAME`.
 * @throws WeirError SETTING_INVALID for a name that is no setting or a value out of its range
 */
export function settingOf(name: string, value: number | string): { name: SettingName; value: number } {
  const plain = name.replace(/^net\.ipv4\.vs\./, '').replaceAll('-', '_');
  if (!isSettingName(plain)) {
    throw new WeirError('SETTING_INVALID', `there is no setting ${name}`, {
      errno: 'ENOENT',
      expected: `one of ${SETTING_NAMES.join(', ')}`,
      found: name,
    });
  }
  const number = typeof value === 'string' && !/^\d+$/.test(value) ? Number.NaN : Number(value);
  const { most } = SETTINGS[plain];
  if (Number.isInteger(number) && number >= 0 && number <= most) return { name: plain, value: number };
  throw new WeirError('SETTING_INVALID', `the value of ${plain} is out of range`, {
    errno: 'EINVAL',
    expected: `a whole number from 0 to ${most}`,
    found: String(value),
    where: plain,
  });
}

/** The settings with some of them changed. @throws WeirError SETTING_INVALID; then none is */
export function mergeSettings(old: Settings, change: Readonly<Record<string, number>>): Settings {
  const read = Object.entries(change).map(([name, value]) => settingOf(name, value));
  return { ...old, ...Object.fromEntries(read.map(({ name, value }) => [name, value])) };
}

/** Those that have another value than in `base`. */
export function changedSettings(settings: Settings, base: Settings = DEFAULT_SETTINGS): [SettingName, number][] {
  return SETTING_NAMES.filter((name) => settings[name] !== base[name]).map((name) => [name, settings[name]]);
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(DEFAULT_SETTINGS, name);
}
