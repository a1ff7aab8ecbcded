/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The way out: the kernel's own routes and neighbours decide. */
#ifndef WEIR_HOP_H
#define WEIR_HOP_H

#include <linux/if_ether.h>
#include "context.h"
#include "parse.h"
#include "route.h"
#include "tap.h"

#define MAC_WORDS (2 * ETH_ALEN / sizeof(__u32))

/* `fib` after the lookup: interface, and the gateway, whose family may be another than the packet's. */
struct hop {
	struct bpf_fib_lookup fib;
	__u32 macs[MAC_WORDS]; /* as a frame begins: the target's, then the source's; 0 if the target's is not known */
	__u32 mtu;     /* what the way carries of the packet, without what a tunnel adds; 0: not known, but enough */
	__u32 now;     /* in */
	__u8 known;    /* the MACs are */
	__u8 due;      /* in: the neighbour is to be checked */
	__u8 whole;    /* in: the packet must not be cut */
	__u8 sender;   /* in: enum sender */
	__u8 cut;      /* it must be */
	__u8 overhead; /* bytes that a tunnel adds */
	__u8 own;      /* there is no way out, as it leads to the director itself, or nowhere */
	__u16 id;      /* identification of an outer header of IPv4, for those that may be cut further on */
};

/* True for a packet that came in fragments and leaves in one: in a tunnel of the other family nothing is known of them. */
static __always_inline int hop_is_whole(const struct packet *packet, const struct hop *hop, __u32 outer_family)
{
	return hop->overhead && outer_family != FAMILY && (!hop->mtu || packet->length <= hop->mtu);
}

#if WEIR_FAMILY == 4
static __always_inline void hop_ask(struct bpf_fib_lookup *fib, const struct packet *packet, const __be32 *source,
				    const __be32 *target)
{
	fib->tos = packet->tos & 0x1c; /* the routing bits, IPTOS_RT_MASK */
	fib->ipv4_src = source[0];
	fib->ipv4_dst = target[0];
}
#else
static __always_inline void hop_ask(struct bpf_fib_lookup *fib, const struct packet *packet, const __be32 *source,
				    const __be32 *target)
{
	fib->flowinfo = bpf_htonl((__u32)packet->tos << 20);
	address_copy(fib->ipv6_src, source);
	address_copy(fib->ipv6_dst, target);
}
#endif

/* The packet is too long: it is refused, or where it may be cut, sent in fragments by TC; XDP leaves it to TC. */
static __always_inline __u32 hop_too_long(struct hop *hop)
{
#if defined(WEIR_TC)
	if (!hop->whole) {
		hop->cut = 1;
		return WEIR_REASON_NONE;
	}
#else
	(void)hop;
#endif
	return WEIR_REASON_TOO_BIG;
}

/*
 * Asks the kernel for the way of `packet`, which grows by `overhead`; hop->fib says from where to where. Returns WEIR_REASON_NONE and
 * `hop`, or why there is none. A neighbour whose MAC is unknown or to be checked is no failure: hop->known is 0 then. Global, so that it
 * is verified once.
 */
__noinline int hop_lookup(struct weir_context *ctx, const struct packet *packet, __u32 overhead, struct hop *hop)
{
	struct bpf_fib_lookup *fib;
	long result;

	if (!packet || !hop)
		return WEIR_REASON_INTERNAL;
	fib = &hop->fib;
	hop->overhead = overhead;
	fib->tot_len = packet->segment + overhead;
	result = route_find(ctx, fib, 0, hop->sender);
	if (result == BPF_FIB_LKUP_RET_FRAG_NEEDED) {
		hop->mtu = fib->mtu_result - overhead;
		if (hop_too_long(hop))
			return WEIR_REASON_TOO_BIG;
		fib->tot_len = 1;
		result = route_find(ctx, fib, 0, hop->sender);
	} else if (result == BPF_FIB_LKUP_RET_SUCCESS) {
		hop->mtu = fib->mtu_result - overhead;
	}
	switch (result) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		__builtin_memcpy(hop->macs, fib->dmac, ETH_ALEN);
		__builtin_memcpy((__u8 *)hop->macs + ETH_ALEN, fib->smac, ETH_ALEN);
		hop->known = !hop->due;
		return WEIR_REASON_NONE;
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		hop->known = 0;
		return WEIR_REASON_NONE;
	case BPF_FIB_LKUP_RET_FWD_DISABLED:
		return WEIR_REASON_FORWARDING_OFF;
	case BPF_FIB_LKUP_RET_NOT_FWDED:
		hop->own = 1;
		return WEIR_REASON_NO_ROUTE;
	default:
		return WEIR_REASON_NO_ROUTE;
	}
}

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
	struct bpf_fib_lookup fib = { .family = FAMILY, .tot_len = 1 };

	if (!packet)
		return 0;
	address_copy(fib.ipv6_dst, packet->flow.target);
	return route_find(ctx, &fib, 0, SENDER_DIRECTOR) == BPF_FIB_LKUP_RET_NOT_FWDED;
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

/* Finds the way of `packet` to `target`; see hop_lookup. `hop` must be zero but for what goes in. */
static __always_inline __u32 hop_find(struct weir_context *ctx, const struct packet *packet, const __be32 *source,
				      const __be32 *target, struct hop *hop)
{
	hop->fib.family = FAMILY;
	hop->fib.l4_protocol = packet->flow.protocol;
	hop_ask(&hop->fib, packet, source, target);
	return hop_lookup(ctx, packet, 0, hop);
}

/* There is no way out as the client of the connection is the director itself: to others that have none no route leads. */
static __always_inline int is_home(const struct hop *hop, const struct weir_connection *entry)
{
	return hop->own && (entry->flags & WEIR_CONNECTION_OWN);
}

#define HOP_CHECK_SHIFT 10 /* of ticks: about a second */

/*
 * The kernel doubts a neighbour, and asks again who has its address, only when the stack itself sends to it; a route lookup takes
 * the last known MAC for ever. So about once a second a packet of each destination and direction goes out through the stack.
 */
static __always_inline int hop_is_due(__u16 *checked, __u32 now)
{
	__u16 second = now >> HOP_CHECK_SHIFT;

	if (EXPLAINS || *checked == second)
		return 0;
#if defined(WEIR_TC)
	*checked = second;
#endif
	return 1;
}

/* By words: of a packet's bytes the compiler supposes no alignment, and would write each alone. */
static __always_inline void hop_write(struct ethhdr *ethernet, const struct hop *hop)
{
	__u32 *word = (__u32 *)ethernet;

#pragma unroll
	for (int i = 0; i < (int)MAC_WORDS; i++)
		word[i] = hop->macs[i];
}

/* Sends the finished frame. TC lets the stack resolve an unknown neighbour; XDP has handed such packets over before. */
static __always_inline int hop_send(struct weir_context *ctx, const struct weir_settings *settings, const struct hop *hop)
{
#if defined(WEIR_TC)
	if (!hop->known) {
		explain_leaving(hop->fib.ifindex);
		struct bpf_redir_neigh neighbour = { .nh_family = hop->fib.family };

		__builtin_memcpy(neighbour.ipv6_nh, hop->fib.ipv6_dst, sizeof(neighbour.ipv6_nh));
		return bpf_redirect_neigh(hop->fib.ifindex, &neighbour, sizeof(neighbour), 0);
	}
#else
	tap(ctx, hop->fib.ifindex);
#endif
	return context_redirect(ctx, settings, hop->fib.ifindex);
}

#endif
