/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sources that nothing from outside may have. The stack refuses them before IPVS sees a packet (fib_validate_source). Looked at where a
 * connection would begin: those that exist have passed. Twin: Routing.isMartianSource of src/lvs/routing.ts.
 */
#ifndef WEIR_MARTIAN_H
#define WEIR_MARTIAN_H

#include "interest.h"
#include "parse.h"

#if WEIR_FAMILY == 4

/* Where the kernel's routes do not lead away from here to: asked of its rules, or of the main table alone (BPF_FIB_LOOKUP_DIRECT). */
static __always_inline int is_kept(struct weir_context *ctx, const __be32 *address, __u32 flags)
{
	struct bpf_fib_lookup fib = { .family = AF_INET, .ifindex = context_interface(ctx), .ipv4_dst = address[0] };

	return bpf_fib_lookup(ctx, &fib, sizeof(fib), flags) == BPF_FIB_LKUP_RET_NOT_FWDED;
}

/* True for an address of the director itself, and for one to which no route leads. */
static __always_inline int is_own_address(struct weir_context *ctx, const __be32 *address)
{
	return is_kept(ctx, address, 0);
}

/* A neighbour, if there is such a host. */
static __always_inline int is_on_link(struct weir_context *ctx, __be32 address)
{
	struct bpf_fib_lookup fib = { .family = AF_INET, .ifindex = context_interface(ctx), .ipv4_dst = address };
	long found = bpf_fib_lookup(ctx, &fib, sizeof(fib), BPF_FIB_LOOKUP_DIRECT);

	return (found == BPF_FIB_LKUP_RET_SUCCESS || found == BPF_FIB_LKUP_RET_NO_NEIGH) && fib.ipv4_dst == address;
}

/*
 * No route leads there: an address of the director is one of a service, or in a network that the main table knows. Without rules of its own
 * the kernel has the tables of local addresses and of networks in one: then the next address tells of the network. Behind the broadcast
 * address, which is no martian, there is none.
 */
static __always_inline int is_nowhere(struct weir_context *ctx, const __be32 *address)
{
	return !interest_has(address) && is_kept(ctx, address, BPF_FIB_LOOKUP_DIRECT) &&
	       !is_on_link(ctx, bpf_htonl(bpf_ntohl(address[0]) + 1));
}

static __always_inline int is_martian(struct weir_context *ctx, const struct packet *packet)
{
	__u32 source = bpf_ntohl(packet->flow.source[0]);

	/* 0.0.0.0, loopback, multicast, the limited broadcast */
	if (source == 0 || source >> 24 == 127 || source >> 28 == 14 || source == 0xffffffff)
		return 1;
	return is_own_address(ctx, packet->flow.source) && !is_nowhere(ctx, packet->flow.source);
}

#else

static __always_inline int is_own_address(struct weir_context *ctx, const __be32 *address)
{
	struct bpf_fib_lookup fib = { .family = AF_INET6, .ifindex = context_interface(ctx) };

	address_copy(fib.ipv6_dst, address);
	return bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) == BPF_FIB_LKUP_RET_NOT_FWDED;
}

/* IPv6 asks no routes about a source. */
static __always_inline int is_martian(struct weir_context *ctx, const struct packet *packet)
{
	const __be32 *source = packet->flow.source;

	(void)ctx;
	if ((bpf_ntohl(source[0]) >> 24) == 0xff)
		return 1;
	return !source[0] && !source[1] && !source[2] && source[3] == bpf_htonl(1);
}

#endif

#endif
