/** What became of a packet at `weir decap`, by number (enum weir_decap_reason in bpf/decap/maps.h). */
export const DECAP_REASONS = [
  'none',
  'no-tunnel',
  'fragment',
  'unknown-form',
  'other-destination',
  'ipip',
  'gre',
  'gue',
  'clamped',
  'malformed',
  'checksum',
  'congestion',
  'failed',
] as const;
export type DecapReason = (typeof DECAP_REASONS)[number];

/** What each says of the packet. */
export const DECAP_REASON_WORDS: Readonly<Record<DecapReason, { en: string; zh: string }>> = {
  none: { en: 'nothing', zh: '无' },
  'no-tunnel': { en: 'passed on: no tunnel', zh: '放行：不是隧道' },
  fragment: { en: 'passed on: a fragment of a tunnel packet', zh: '放行：隧道包的分片' },
  'unknown-form': { en: 'passed on: a form of GRE or GUE that is not known', zh: '放行：不认识的 GRE 或 GUE 格式' },
  'other-destination': { en: 'passed on: the packet inside is not for a VIP', zh: '放行：里面的包不是发往 VIP 的' },
  ipip: { en: 'unwrapped: IP in IP', zh: '已解封装：IPIP' },
  gre: { en: 'unwrapped: GRE', zh: '已解封装：GRE' },
  gue: { en: 'unwrapped: GUE', zh: '已解封装：GUE' },
  clamped: { en: 'sent: a SYN-ACK with a smaller MSS', zh: '发出：SYN-ACK 的 MSS 已改小' },
  malformed: { en: 'dropped: cut off, or no IP packet inside', zh: '丢弃：残缺，或者里面不是 IP 包' },
  checksum: { en: 'dropped: wrong checksum of the tunnel', zh: '丢弃：隧道的校验和不对' },
  congestion: {
    en: 'dropped: congestion marked, and the packet inside knows no ECN',
    zh: '丢弃：标了拥塞，而里面的包不支持 ECN',
  },
  failed: { en: 'dropped: the kernel could not take the tunnel off', zh: '丢弃：内核没能去掉隧道头' },
};
