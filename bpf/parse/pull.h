/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Headers must be linear to be read in place; a sender's own skb may keep them in a fragment. Not a byte of data is pulled after them:
 * TCP keeps a clone of what it sends, for which the stack would have to copy the head of the skb.
 */
#ifndef WEIR_PULL_H
#define WEIR_PULL_H

#include "parse.h"

/* Makes the first `length` bytes linear, or the whole frame if it has fewer. */
static __always_inline void pull(struct weir_context *ctx, __u32 length)
{
	if (length > ctx->len)
		length = ctx->len;
	if (context_data(ctx) + length > context_end(ctx))
		bpf_skb_pull_data(ctx, length);
}

#if WEIR_FAMILY == 4
static __always_inline void pull_headers(struct weir_context *ctx)
{
	struct iphdr *ip = context_data(ctx) + sizeof(struct ethhdr);

	/* Most packets: without options, and as linear as TCP's header, the longest, needs it. */
	if ((void *)(ip + 1) + sizeof(struct tcphdr) <= context_end(ctx) && ip->ihl == sizeof(*ip) / 4)
		return;
	pull(ctx, sizeof(struct ethhdr) + sizeof(*ip));
	ip = context_data(ctx) + sizeof(struct ethhdr);
	if ((void *)(ip + 1) <= context_end(ctx))
		pull(ctx, sizeof(struct ethhdr) + ip->ihl * 4 + transport_header(ip->protocol));
}
#else
/* Where extension headers follow, as much as they may take: they are rare, and whole packets with them are short. */
static __always_inline void pull_headers(struct weir_context *ctx)
{
	struct ipv6hdr *ip = context_data(ctx) + sizeof(struct ethhdr);
	__u32 length;

	if ((void *)(ip + 1) + sizeof(struct tcphdr) <= context_end(ctx) && ip->nexthdr == IPPROTO_TCP)
		return;
	pull(ctx, sizeof(struct ethhdr) + sizeof(*ip));
	ip = context_data(ctx) + sizeof(struct ethhdr);
	if ((void *)(ip + 1) > context_end(ctx))
		return;
	length = sizeof(struct ethhdr) + sizeof(*ip) + transport_header(ip->nexthdr);
	if (ip->nexthdr == NEXT_FRAGMENT)
		length += 8 + sizeof(struct tcphdr);
	if (ip->nexthdr == NEXT_HOP_BY_HOP || ip->nexthdr == NEXT_ROUTING || ip->nexthdr == NEXT_DESTINATION_OPTIONS)
		length = sizeof(struct ethhdr) + MOST_HEADERS + sizeof(struct tcphdr);
	pull(ctx, length);
}
#endif

#endif
