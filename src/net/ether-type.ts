/** What an Ethernet frame carries (IANA "IEEE 802 Numbers"). Values below 0x0600 are lengths of 802.3 frames. */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  /** Ethernet frames within GRE. */
  bridged: 0x6558,
  /** A customer's VLAN tag, 802.1Q. */
  vlan: 0x8100,
  ipv6: 0x86dd,
  /** A provider's VLAN tag, 802.1ad, around a customer's (QinQ). */
  providerVlan: 0x88a8,
  /** The provider's tag as it was before 802.1ad. */
  oldProviderVlan: 0x9100,
} as const;
