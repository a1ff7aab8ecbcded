/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which way a packet goes, told by the kernel's own routes. Part of route/hop.h. */
#ifndef WEIR_EXPLAIN_WAY_H
#define WEIR_EXPLAIN_WAY_H

#include "../parse/parse.h"
#include "../route/own_address.h"
#include "../route/route.h"

#if defined(WEIR_EXPLAIN)

/* A question about a route: not on the stack, which IPv6 fills. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_fib_lookup);
} questions SEC(".maps");

static __always_inline struct bpf_fib_lookup *explain_question(__u8 family)
{
	__u32 first = 0;
	struct bpf_fib_lookup *fib = bpf_map_lookup_elem(&questions, &first);

	if (!fib)
		return NULL;
	__builtin_memset(fib, 0, sizeof(*fib));
	fib->family = family;
	return fib;
}

/*
 * The route that `fib` asks for, whatever the length of the packet, and what becomes of its TTL. `home`: no way out means that it leads to
 * the director itself, and not nowhere. Global, as those that follow, for the sake of the caller's stack.
 */
__noinline int explain_route(struct weir_context *ctx, const struct packet *packet, struct bpf_fib_lookup *fib, int home)
{
	struct weir_step *step = explain(WEIR_STEP_ROUTE);
	long result;

	if (!step || !packet || !fib)
		return 0;
	fib->tot_len = 1;
	fib->l4_protocol = packet->flow.protocol;
	step->server_family = fib->family;
	__builtin_memcpy(step->server, fib->ipv6_dst, sizeof(step->server));
	result = route_find(ctx, fib, 0, SENDER_DIRECTOR);
	if (result == BPF_FIB_LKUP_RET_NOT_FWDED && home)
		step->index = LOOPBACK;
	if (result != BPF_FIB_LKUP_RET_SUCCESS && result != BPF_FIB_LKUP_RET_NO_NEIGH)
		return 0;
	step->index = fib->ifindex;
	step->value = result == BPF_FIB_LKUP_RET_SUCCESS ? fib->mtu_result : 0;
	step->family = fib->family;
	__builtin_memcpy(step->virtual_address, fib->ipv6_dst, sizeof(step->virtual_address));
	if (packet->ttl > 1)
		explain_numbers(WEIR_STEP_TTL, 0, packet->ttl, 0);
	return 0;
}

/* The way to a real server. */
__noinline int explain_way(struct weir_context *ctx, const struct packet *packet, const struct weir_destination *destination)
{
	struct bpf_fib_lookup *fib;

	if (!packet || !destination)
		return 0;
	fib = explain_question(destination->family);
	if (!fib)
		return 0;
	__builtin_memcpy(fib->ipv6_dst, destination->address, sizeof(fib->ipv6_dst));
	if (destination->method == WEIR_METHOD_TUNNEL)
		__builtin_memcpy(fib->ipv6_src, destination->source, sizeof(fib->ipv6_src));
	else
		address_copy(fib->ipv6_src, packet->flow.source);
	return explain_route(ctx, packet, fib, 1);
}

/* The way to where the packet is addressed. */
__noinline int explain_way_past(struct weir_context *ctx, const struct packet *packet)
{
	struct bpf_fib_lookup *fib = explain_question(FAMILY);

	if (!packet || !fib)
		return 0;
	address_copy(fib->ipv6_src, packet->flow.source);
	address_copy(fib->ipv6_dst, packet->flow.target);
	return explain_route(ctx, packet, fib, 1);
}

/* Does the stack take the packet for its own? */
__noinline int explain_is_local(struct weir_context *ctx, const struct packet *packet)
{
	return packet && is_own_address(ctx, packet->flow.target);
}

/* The way of a reply from `entry` to the client behind `partner`, if it is addressed to the director; else the stack routes it. */
__noinline int explain_way_back(struct weir_context *ctx, const struct packet *packet, const struct weir_connection *entry,
				const struct weir_partner *partner)
{
	struct bpf_fib_lookup *fib = explain_question(FAMILY);

	if (!packet || !entry || !partner || !fib || !explain_is_local(ctx, packet))
		return 0;
	address_copy(fib->ipv6_src, entry->address);
	address_copy(fib->ipv6_dst, partner->address);
	return explain_route(ctx, packet, fib, entry->flags & WEIR_CONNECTION_OWN);
}

#else

static __always_inline void explain_way(struct weir_context *ctx, const struct packet *packet,
					const struct weir_destination *destination)
{
	(void)ctx;
	(void)packet;
	(void)destination;
}

static __always_inline void explain_way_past(struct weir_context *ctx, const struct packet *packet)
{
	(void)ctx;
	(void)packet;
}

static __always_inline int explain_is_local(struct weir_context *ctx, const struct packet *packet)
{
	(void)ctx;
	(void)packet;
	return 0;
}

static __always_inline void explain_way_back(struct weir_context *ctx, const struct packet *packet, const struct weir_connection *entry,
					     const struct weir_partner *partner)
{
	(void)ctx;
	(void)packet;
	(void)entry;
	(void)partner;
}

#endif

#endif
