/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets in pieces, TC only. What came in fragments is put together (reassemble.h), goes through the director as one, and leaves in
 * the same pieces again; what is too long for its way out and may be cut, leaves in pieces too (cut.h).
 */
#ifndef WEIR_PIECES_H
#define WEIR_PIECES_H

#include "../handover.h"
#include "../route/hop.h"

/* The kernel makes no skb longer for a program (SKB_MAX_ALLOC, four pages less the skb's own needs). */
#define PIECES_LONGEST 15872
/*
 * Of a datagram with more data the frame holds so much, which leaves room for the headers that stand before it in a tunnel; the rest stays
 * where it was put together (reassembly.h) until the datagram is cut again.
 */
#define DATAGRAM_HELD 15552
#define DATAGRAM_LONGEST 65535
#define MOST_PIECES 64
/* Of IP and of extension headers before the fragments' data. */
#define PIECE_HEADERS 256

/* A length from 1 to 16,384 as it is, in a form that shows older verifiers that it is not 0. */
static __always_inline __u32 piece_size(__u32 length)
{
	asm volatile("" : "+r"(length));
	return ((length - 1) & 0x3fff) + 1;
}

/* What is cut comes in by `interface`, and says by its mark that it has been here, or does not leave. */
enum inward { OUTWARD = 0, INWARD = 1, INWARD_MARKED = 2 };

struct piece {
	__u16 start;    /* in the data of the packet */
	__u16 length;
};

/* How the packet at hand is to be cut; shared by both families, since a tunnel may begin in one and lead through the other. */
struct cut {
	__u32 interface;
	__u32 mtu;             /* of the way out; 0: not known, but enough */
	__u32 pieces;          /* in which it came, 0: in one */
	__u32 rest;            /* bytes of its data that are not in the frame */
	__u32 place;           /* where these are */
	__u32 largest;         /* of them, IP header and all */
	__u32 full_ttl;        /* it leaves with MOST_TTL, whatever it has by then */
	__u32 inward;          /* enum inward; see give_back.h */
	__u32 known;           /* the neighbour is; else only the first piece goes, which makes the kernel ask for it */
	__u32 wrapped;         /* bytes that a tunnel has added */
	__u32 as_came;         /* in a tunnel it can be cut all the same where it was: their number is a multiple of 8 (ip6_fragment) */
	__u32 transport;       /* offset of the transport header, inside the tunnel if there is one */
	__u32 protocol;
	__u32 gateway_family;
	__be32 gateway[4];
	struct piece list[MOST_PIECES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cut);
} cuts SEC(".maps");

static __always_inline struct cut *cut_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&cuts, &first);
}

static __always_inline int mac_is_known(const struct hop *hop)
{
	return hop->macs[0] || (__u16)hop->macs[1];
}

#if defined(WEIR_TC)
#if WEIR_FAMILY == 6
/* Nothing stands before the part of the packet in a tunnel that can be cut; AH belongs to that part (ip6_find_1stfragopt). */
static __always_inline int is_bare(struct weir_context *ctx, const struct packet *packet, __u32 overhead)
{
	__u8 first = 0;

	if (packet->transport == sizeof(struct ethhdr) + sizeof(struct ipv6hdr))
		return 1;
	return !context_load(ctx, sizeof(struct ethhdr) + overhead + offsetof(struct ipv6hdr, nexthdr), &first, sizeof(first)) &&
	       first == NEXT_AUTHENTICATION;
}
#else
static __always_inline int is_bare(struct weir_context *ctx, const struct packet *packet, __u32 overhead)
{
	(void)ctx;
	(void)packet;
	(void)overhead;
	return 0;
}
#endif

/*
 * Writes down how the finished packet is to be cut. Returns the program that does it, 0 if it need not be cut, or a negative error. Global,
 * so that it is verified once.
 */
__noinline int cut_describe(struct weir_context *ctx, const struct packet *packet, const struct hop *hop)
{
	struct cut *cut = cut_get();
	__be16 type = 0;
	__u32 outer;

	if (!packet || !hop || !cut || context_load(ctx, offsetof(struct ethhdr, h_proto), &type, sizeof(type)))
		return -1;
	outer = type == bpf_htons(ETH_P_IPV6) ? AF_INET6 : AF_INET;
	if (hop_is_whole(packet, hop, outer))
		return 0;
	if (!packet->pieces || (hop->overhead && outer != FAMILY))
		cut->pieces = 0;
	if (!packet->pieces)
		cut->rest = 0;
	cut->full_ttl = cut->full_ttl && packet->pieces;
	cut->interface = hop->fib.ifindex;
	cut->inward = OUTWARD;
	cut->mtu = hop->mtu ? hop->mtu + hop->overhead : 0;
	cut->known = mac_is_known(hop);
	cut->wrapped = hop->overhead;
	cut->as_came = FAMILY == AF_INET6 && hop->overhead && hop->overhead % 8 == 0 && is_bare(ctx, packet, hop->overhead);
	cut->transport = packet->transport + hop->overhead;
	cut->protocol = packet->flow.protocol;
	cut->gateway_family = hop->fib.family;
	__builtin_memcpy(cut->gateway, hop->fib.ipv6_dst, sizeof(cut->gateway));
	return type == bpf_htons(ETH_P_IPV6) ? WEIR_PROGRAM_CUT6 : WEIR_PROGRAM_CUT;
}

/* Hands the finished packet over to be cut, for good. Comes back with 0 if it need not be, -1 if that cannot be done. */
static __always_inline int send_in_pieces(struct weir_context *ctx, const struct packet *packet, const struct hop *hop)
{
	int program = cut_describe(ctx, packet, hop);

	if (program > 0)
		bpf_tail_call(ctx, &weir_programs, program);
	return program ? -1 : 0;
}
#endif

#endif
