/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Takes the tunnel off. */
#ifndef WEIR_DECAP_STRIP_H
#define WEIR_DECAP_STRIP_H

/* Linux 6.3 (include/uapi/linux/bpf.h): the packet inside is of the other family. */
#define ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)

/*
 * A router may have marked congestion on the outer header only. The mark goes on to the packet inside; one whose ends know no
 * ECN is dropped instead (RFC 6040 section 4.2).
 */
static __always_inline int carry_congestion(struct __sk_buff *skb, const struct tunnel *tunnel)
{
	__u32 at = tunnel->inner;
	__u8 head[2], ecn;
	__be16 before, after;

	if (tunnel->outer_ecn != ECN_CE)
		return 0;
	if (bpf_skb_load_bytes(skb, at, head, sizeof(head)))
		return -1;
	ecn = (tunnel->inner_version == 4 ? head[1] : head[1] >> 4) & ECN_MASK;
	if (ecn == ECN_CE)
		return 0;
	if (ecn == 0)
		return -1;
	__builtin_memcpy(&before, head, 2);
	head[1] |= tunnel->inner_version == 4 ? ECN_CE : ECN_CE << 4;
	__builtin_memcpy(&after, head, 2);
	if (tunnel->inner_version == 4 &&
	    bpf_l3_csum_replace(skb, at + offsetof(struct iphdr, check), before, after, 2))
		return -1;
	return bpf_skb_store_bytes(skb, at, head, sizeof(head), BPF_F_RECOMPUTE_CSUM);
}

static __always_inline int strip(struct __sk_buff *skb, const struct tunnel *tunnel)
{
	__be16 type = bpf_htons(tunnel->inner_version == 4 ? ETH_P_IP : ETH_P_IPV6);
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO;

	if (tunnel->inner_version != tunnel->outer_version)
		flags |= tunnel->inner_version == 4 ? ADJ_ROOM_DECAP_L3_IPV4 : ADJ_ROOM_DECAP_L3_IPV6;
	if (bpf_skb_adjust_room(skb, -(__s32)(tunnel->inner - ETH_HLEN), BPF_ADJ_ROOM_MAC, flags))
		return -1;
	if (tunnel->inner_version == tunnel->outer_version)
		return 0;
	return bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_proto), &type, sizeof(type), 0);
}

#endif
