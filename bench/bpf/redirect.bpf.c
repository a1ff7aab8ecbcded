/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The least that a TC program can do to forward: it looks nothing up, writes two MAC addresses and redirects. */
#include "frame.h"
#include <linux/pkt_cls.h>

/* Where every IPv4 packet goes. Set when it is loaded. */
struct way {
	__u32 interface;
	__u8 target_mac[ETH_ALEN];
	__u8 source_mac[ETH_ALEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct way);
} way SEC(".maps");

SEC("tc")
int redirect_tc(struct __sk_buff *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	const struct way *out;
	__u32 first = 0;

	out = bpf_map_lookup_elem(&way, &first);
	if (!out || (void *)(ethernet + 1) > (void *)(long)ctx->data_end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return TC_ACT_UNSPEC;
	__builtin_memcpy(ethernet->h_dest, out->target_mac, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, out->source_mac, ETH_ALEN);
	return bpf_redirect(out->interface, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
