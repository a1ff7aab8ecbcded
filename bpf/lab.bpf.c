/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Somebody else's program, for the lab: a filter against floods that has been set too sharply, and drops every packet that opens a
 * TCP connection. It looks at headers of usual length only, as such filters do.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline int opens(const struct tcphdr *tcp, const void *end)
{
	return (const void *)(tcp + 1) <= end && tcp->syn && !tcp->ack;
}

SEC("xdp")
int flood_filter(struct xdp_md *ctx)
{
	const void *end = (const void *)(long)ctx->data_end;
	const struct ethhdr *ethernet = (const void *)(long)ctx->data;
	const struct ipv6hdr *ip6 = (const void *)(ethernet + 1);
	const struct iphdr *ip = (const void *)(ethernet + 1);
	int drops = 0;

	if ((const void *)(ip + 1) > end)
		return XDP_PASS;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP))
		drops = ip->ihl == 5 && ip->protocol == IPPROTO_TCP && opens((const void *)(ip + 1), end);
	else if (ethernet->h_proto == bpf_htons(ETH_P_IPV6) && (const void *)(ip6 + 1) <= end)
		drops = ip6->nexthdr == IPPROTO_TCP && opens((const void *)(ip6 + 1), end);
	return drops ? XDP_DROP : XDP_PASS;
}
