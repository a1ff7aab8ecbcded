/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way to a real server, or back to a client, as it was found a moment ago. A route lookup costs as much as everything else that is done
 * for a packet; the kernel's IPVS keeps a route for each real server too, whoever the client is. Here it holds for a slice of time, so that
 * a change of routes, neighbours or interfaces is seen soon, whatever it was.
 */
#ifndef WEIR_WAY_H
#define WEIR_WAY_H

#include "hop.h"

#define WAY_SLICE_SHIFT 6 /* of ticks: 67 ms */
#define WAYS_SHIFT 12
#define WAYS (1 << WAYS_SHIFT)

struct way {
	__u32 slice;     /* of time in which it holds */
	__u32 arrived;   /* interface by which its packets come in */
	__u32 interface; /* ... and go out */
	__u32 mtu;       /* without what a tunnel adds */
	__u8 tos;
	__u8 protocol;
	__u8 overhead;
	__u16 id;        /* of the next outer header; counts from a random number */
	__be32 source[ADDRESS_WORDS]; /* of a way back: the VIP; routes may depend on it */
	__be32 target[ADDRESS_WORDS];
	__u32 macs[MAC_WORDS];
};

/* Each processor's own: by the number of the real server, and by the address of the client. Two that meet in a place take turns. */
struct way_table {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WAYS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct way));
} ways SEC(".maps"), ways_back SEC(".maps");

static __always_inline struct way *way_of(__u32 destination)
{
	__u32 slot = destination & (WAYS - 1);

	if (EXPLAINS)
		return NULL;
	return bpf_map_lookup_elem(&ways, &slot);
}

static __always_inline struct way *way_back_of(const __be32 *client)
{
	/* Knuth's multiplicative hash: clients are neighbours as a rule, and differ in the last byte of four, the first of the word. */
	__u32 slot = (address_fold(client) * 0x9e3779b1u) >> (32 - WAYS_SHIFT);

	if (EXPLAINS)
		return NULL;
	return bpf_map_lookup_elem(&ways_back, &slot);
}

/* True if `way` is that of the packet to `target`, to which a tunnel adds `overhead` bytes; fills `hop`. */
static __always_inline int way_take(struct way *way, struct weir_context *ctx, const struct packet *packet,
				    const __be32 *target, __u32 overhead, struct hop *hop)
{
	if (way->slice != hop->now >> WAY_SLICE_SHIFT || way->arrived != context_interface(ctx) || way->tos != packet->tos ||
	    way->protocol != packet->flow.protocol || !address_equal(way->target, target) || way->overhead != overhead ||
	    packet->segment > way->mtu)
		return 0;
	hop->fib.ifindex = way->interface;
	__builtin_memcpy(hop->macs, way->macs, sizeof(hop->macs));
	hop->mtu = way->mtu;
	hop->overhead = overhead;
	hop->id = way->id++;
	hop->known = 1;
	return 1;
}

/* Keeps what has been found, if the packet can go straight to a neighbour. */
static __always_inline void way_keep(struct way *way, struct weir_context *ctx, const struct packet *packet,
				     const __be32 *target, const struct hop *hop)
{
	if (!hop->known || hop->cut)
		return;
	way->arrived = context_interface(ctx);
	way->interface = hop->fib.ifindex;
	way->mtu = hop->mtu;
	way->tos = packet->tos;
	way->protocol = packet->flow.protocol;
	way->overhead = hop->overhead;
	way->id = hop->id + 1;
	address_copy(way->target, target);
	__builtin_memcpy(way->macs, hop->macs, sizeof(way->macs));
	way->slice = hop->now >> WAY_SLICE_SHIFT;
}

#endif
