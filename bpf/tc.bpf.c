/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_TC
#include <stddef.h>
#include "director.h"

/* Makes the first `length` bytes linear, or the whole frame if it has fewer. */
static __always_inline void pull(struct weir_context *ctx, __u32 length)
{
	if (length > ctx->len)
		length = ctx->len;
	if (context_data(ctx) + length > context_end(ctx))
		bpf_skb_pull_data(ctx, length);
}

/*
 * The headers must be linear; a sender's own skb may keep them in a fragment. Not a byte of data is pulled after them: TCP keeps a
 * clone of what it sends, for which the stack would have to copy the head of the skb.
 */
static __always_inline void pull_headers(struct weir_context *ctx)
{
	struct iphdr *ip;

	pull(ctx, sizeof(struct ethhdr) + sizeof(*ip));
	ip = context_data(ctx) + sizeof(struct ethhdr);
	if ((void *)(ip + 1) > context_end(ctx))
		return;
	pull(ctx, sizeof(struct ethhdr) + ip->ihl * 4 +
			  (ip->protocol == IPPROTO_UDP ? sizeof(struct udphdr) : sizeof(struct tcphdr)));
}

SEC("tc")
int weir_tc(struct __sk_buff *ctx)
{
	if (ctx->protocol == bpf_htons(ETH_P_IP))
		pull_headers(ctx);
	return direct(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
