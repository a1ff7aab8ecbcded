/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The real servers' part of tunnelling, where the kernel has no ipip, gre or fou device: what arrives in a tunnel for one of the
 * VIPs goes on to the stack as if it had arrived without. And because the director never sees replies, the MSS that a real
 * server offers is cut here to what the tunnel leaves.
 */
#define WEIR_TC
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* As context.h has it. */
#define weir_context __sk_buff
#define context_load bpf_skb_load_bytes
#define context_store(skb, offset, from, length) bpf_skb_store_bytes(skb, offset, from, length, 0)

#include "decap/maps.h"
#include "decap/outer.h"
#include "decap/remote_checksum.h"
#include "decap/strip.h"
#include "decap/clamp.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline int ended(enum weir_decap_reason reason)
{
	count(reason);
	return reason >= WEIR_DECAP_MALFORMED ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

/* At ingress. */
SEC("tc")
int weir_decap(struct __sk_buff *skb)
{
	struct tunnel tunnel = {};
	struct weir_decap_vip *vip;
	enum weir_decap_reason reason;

	if (skb->pkt_type != PACKET_HOST)
		return TC_ACT_UNSPEC;
	reason = parse_outer(skb, &tunnel);
	if (reason != WEIR_DECAP_NONE)
		return ended(reason);
	reason = parse_inner(skb, &tunnel);
	if (reason != WEIR_DECAP_NONE)
		return ended(reason);
	vip = bpf_map_lookup_elem(&vips, &tunnel.destination);
	if (!vip)
		return ended(WEIR_DECAP_OTHER_DESTINATION);
	reason = verify(skb, &tunnel);
	if (reason != WEIR_DECAP_NONE)
		return ended(reason);
	if (tunnel.has_remote_checksum && fill_in_checksum(skb, &tunnel))
		return ended(WEIR_DECAP_MALFORMED);
	if (carry_congestion(skb, &tunnel))
		return ended(WEIR_DECAP_CONGESTION);
	if (strip(skb, &tunnel))
		return ended(WEIR_DECAP_FAILED);
	/* What the tunnel takes is known before the SYN-ACK leaves: its SYN came in one. */
	if (vip->overhead < tunnel.inner - ETH_HLEN)
		vip->overhead = tunnel.inner - ETH_HLEN;
	count(tunnel.kind);
	return TC_ACT_UNSPEC;
}

/* At egress. */
SEC("tc")
int weir_clamp(struct __sk_buff *skb)
{
	if (clamp_mss(skb))
		count(WEIR_DECAP_CLAMPED);
	return TC_ACT_UNSPEC;
}
