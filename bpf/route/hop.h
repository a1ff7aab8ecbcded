/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The way out: the kernel's own routes and neighbours decide. */
#ifndef WEIR_HOP_H
#define WEIR_HOP_H

#include <linux/if_ether.h>
#include "../context.h"
#include "../explain/way.h"
#include "../parse/parse.h"
#include "../verdict/tap.h"
#include "route.h"

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

/* True for a packet that came in fragments and leaves in one: in a tunnel of the other family nothing is known of them. One that is not all in the frame cannot. */
static __always_inline int hop_is_whole(const struct packet *packet, const struct hop *hop, __u32 outer_family)
{
	return !packet->rest && hop->overhead && outer_family != FAMILY && (!hop->mtu || packet->length <= hop->mtu);
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
