/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The far end of a measurement: counts IPv4 packets and drops them. Everything else (ARP) reaches the stack. */
#include "frame.h"
#include "sunk.h"
#include <linux/pkt_cls.h>

static __always_inline int sink(void *data, void *end)
{
	struct ethhdr *ethernet = data;
	__u32 first = 0;
	__u64 *packets;

	if ((void *)(ethernet + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	packets = bpf_map_lookup_elem(&sunk, &first);
	if (packets)
		(*packets)++;
	return 1;
}

SEC("xdp")
int sink_xdp(struct xdp_md *ctx)
{
	return sink((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int sink_tc(struct __sk_buff *ctx)
{
	return sink((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
