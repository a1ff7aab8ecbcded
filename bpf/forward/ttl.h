/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_FORWARD_TTL_H
#define WEIR_FORWARD_TTL_H

#include "../checksum/checksum.h"
#include "../parse/parse.h"

#define MOST_TTL 255

/* Every method takes one from the TTL or hop limit, direct routing too (recorded: wire/dr-same-lan). RFC 1141. */
#if WEIR_FAMILY == 4
static __always_inline void ttl_decrement(void *header)
{
	struct iphdr *ip = header;
	__u16 before = bpf_htons((__u16)ip->ttl << 8);

	ip->ttl--;
	checksum_replace16(&ip->check, before, bpf_htons((__u16)ip->ttl << 8));
}

/* For what will lose one that it should not; it is less than MOST_TTL. */
static __always_inline void ttl_increment(void *header)
{
	struct iphdr *ip = header;
	__u16 before = bpf_htons((__u16)ip->ttl << 8);

	ip->ttl++;
	checksum_replace16(&ip->check, before, bpf_htons((__u16)ip->ttl << 8));
}
#else
static __always_inline void ttl_decrement(void *header)
{
	struct ipv6hdr *ip = header;

	ip->hop_limit--;
}

static __always_inline void ttl_increment(void *header)
{
	struct ipv6hdr *ip = header;

	ip->hop_limit++;
}
#endif

/* One less in the packet at hand, as the stack takes it from what it forwards before IPVS sees it. 0, or -1 if there is no such header. */
static __always_inline int ttl_count_down(struct weir_context *ctx, const struct packet *packet)
{
	struct headers headers;

	if (headers_at(ctx, packet->transport, 0, &headers))
		return -1;
	ttl_decrement(headers.ip);
	return 0;
}

#endif
