import { WeirError } from '../base/error.ts';

/** The settings of IPVS that change what happens to packets: names and defaults of /proc/sys/net/ipv4/vs. */
export const DEFAULT_SETTINGS = {
  am_droprate: 10,
  backup_only: 0,
  cache_bypass: 0,
  conn_reuse_mode: 1,
  drop_entry: 0,
  drop_packet: 0,
  expire_nodest_conn: 0,
  expire_quiescent_template: 0,
  /** Seconds. */
  lblc_expiration: 86_400,
  lblcr_expiration: 86_400,
  nat_icmp_send: 0,
  pmtu_disc: 1,
  run_estimation: 1,
  schedule_icmp: 0,
  secure_tcp: 0,
  sloppy_sctp: 0,
  sloppy_tcp: 0,
} as const;

export type SettingName = keyof typeof DEFAULT_SETTINGS;
export type Settings = Record<SettingName, number>;

/** The only value of the automatic settings that does not depend on free memory; of that the model always has enough. */
export const ALWAYS = 3;

/**
 * Reads `net.ipv4.vs.NAME` or plain `NAME`.
 * @throws WeirError REQUEST_INVALID for a name that is no setting or a value that is no whole number from 0
 */
export function settingOf(name: string, value: number | string): { name: SettingName; value: number } {
  const plain = name.replace(/^net\.ipv4\.vs\./, '').replaceAll('-', '_');
  const number = Number(value);
  if (!isSettingName(plain) || !Number.isInteger(number) || number < 0) {
    throw new WeirError('REQUEST_INVALID', `there is no setting ${name} = ${value}`, {
      expected: `a whole number for one of ${Object.keys(DEFAULT_SETTINGS).join(', ')}`,
      found: `${name} = ${value}`,
    });
  }
  return { name: plain, value: number };
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(DEFAULT_SETTINGS, name);
}
