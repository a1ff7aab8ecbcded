/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses of the director itself, and those to which no route leads: the kernel's routes tell of both that they lead not away from here. */
#ifndef WEIR_OWN_ADDRESS_H
#define WEIR_OWN_ADDRESS_H

#include "../lookup/interest.h"
#include "../parse/parse.h"
#include "route.h"

/* Whether a route leads to an address, as bpf_fib_lookup says it: asked of the kernel's rules, or of its main table alone (BPF_FIB_LOOKUP_DIRECT). */
static __always_inline long route_to(struct weir_context *ctx, const __be32 *address, __u32 flags, enum sender sender)
{
	struct bpf_fib_lookup fib = { .family = FAMILY };

	address_copy(fib.ipv6_dst, address);
	return route_find(ctx, &fib, flags, sender);
}

/* Where the kernel's routes do not lead away from here to. */
static __always_inline int is_kept(struct weir_context *ctx, const __be32 *address, __u32 flags)
{
	return route_to(ctx, address, flags, SENDER_DIRECTOR) == BPF_FIB_LKUP_RET_NOT_FWDED;
}

/* True for an address of the director itself, and for one to which no route leads. */
static __always_inline int is_own_address(struct weir_context *ctx, const __be32 *address)
{
	return is_kept(ctx, address, 0);
}

#if WEIR_FAMILY == 4

/* A neighbour, if there is such a host. */
static __always_inline int is_on_link(struct weir_context *ctx, __be32 address)
{
	struct bpf_fib_lookup fib = { .family = AF_INET, .ipv4_dst = address };
	long found = route_find(ctx, &fib, BPF_FIB_LOOKUP_DIRECT, SENDER_DIRECTOR);

	return (found == BPF_FIB_LKUP_RET_SUCCESS || found == BPF_FIB_LKUP_RET_NO_NEIGH) && fib.ipv4_dst == address;
}

/*
 * No route leads there; `address` is known to be kept here. An address of the director is one of a service, or in a network that the main
 * table knows. Without rules of its own the kernel has the tables of local addresses and of networks in one: then the next address tells of
 * the network. Behind the broadcast address, which is no martian, there is none. Not inlined: what it needs of the stack is free again after it.
 */
static __noinline int is_nowhere(struct weir_context *ctx, const __be32 *address)
{
	return !interest_has(address) && is_kept(ctx, address, BPF_FIB_LOOKUP_DIRECT) &&
	       !is_on_link(ctx, bpf_htonl(bpf_ntohl(address[0]) + 1));
}

#else

/*
 * No route leads there; `address` is known to be kept here. Local addresses have a table of their own, their networks are in the main one.
 * Not inlined, likewise.
 */
static __noinline int is_nowhere(struct weir_context *ctx, const __be32 *address)
{
	return !interest_has(address) && is_kept(ctx, address, BPF_FIB_LOOKUP_DIRECT);
}

#endif

#endif
