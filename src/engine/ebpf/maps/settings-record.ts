import type { SettingsRecord } from '../../../kernel/abi.generated.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../lvs/settings.ts';

/** Settings of an operator, as the programs have them: as they are (struct weir_settings of bpf/abi.h). */
export function settingsRecord(settings: Settings) {
  return {
    amDroprate: settings.am_droprate,
    backupOnly: settings.backup_only,
    cacheBypass: settings.cache_bypass,
    connReuseMode: settings.conn_reuse_mode,
    dropEntry: settings.drop_entry,
    dropPacket: settings.drop_packet,
    expireNodestConn: settings.expire_nodest_conn,
    expireQuiescentTemplate: settings.expire_quiescent_template,
    lblcExpiration: settings.lblc_expiration,
    lblcrExpiration: settings.lblcr_expiration,
    natIcmpSend: settings.nat_icmp_send,
    pmtuDisc: settings.pmtu_disc,
    runEstimation: settings.run_estimation,
    scheduleIcmp: settings.schedule_icmp,
    secureTcp: settings.secure_tcp,
    sloppySctp: settings.sloppy_sctp,
    sloppyTcp: settings.sloppy_tcp,
  } satisfies Partial<SettingsRecord>;
}

/** What `settingsRecord` wrote, read back. */
export function settingsOf(record: SettingsRecord): Settings {
  return {
    am_droprate: record.amDroprate,
    backup_only: record.backupOnly,
    cache_bypass: record.cacheBypass,
    conn_reuse_mode: record.connReuseMode,
    drop_entry: record.dropEntry,
    drop_packet: record.dropPacket,
    expire_nodest_conn: record.expireNodestConn,
    expire_quiescent_template: record.expireQuiescentTemplate,
    lblc_expiration: record.lblcExpiration,
    lblcr_expiration: record.lblcrExpiration,
    nat_icmp_send: record.natIcmpSend,
    pmtu_disc: record.pmtuDisc,
    run_estimation: record.runEstimation,
    schedule_icmp: record.scheduleIcmp,
    secure_tcp: record.secureTcp,
    sloppy_sctp: record.sloppySctp,
    sloppy_tcp: record.sloppyTcp,
  };
}

/** The settings of a new director. */
export const INITIAL_SETTINGS = settingsRecord(DEFAULT_SETTINGS);
