/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cuts the finished packet into fragments and sends them: at the places where it was cut when it came, else in pieces as large as the
 * way out and the largest of those allow (RFC 791 section 3.2, RFC 8200 section 4.5). The twin is src/lvs/fragmentation.ts.
 */
#ifndef WEIR_CUT_H
#define WEIR_CUT_H

#include "../checksum/checksum.h"
#include "../forward/ttl.h"
#include "give_back.h"
#include "pieces.h"
#include "reassembly.h"

#define FRAGMENT_HEADER 8
#define OPTION_COPIED 0x80
/* Fragments are not made smaller than that for the sake of those that came: every link carries so much of IPv6 (RFC 8200 section 5). */
#define LEAST_PIECE (WEIR_FAMILY == 6 ? 1280 : 0)

/* The packet that is being cut. */
struct cutting {
	__u8 header[PIECE_HEADERS + FRAGMENT_HEADER];
	__u8 bytes[2 * PIECES_LONGEST]; /* half of it is for the verifier, which does not see that start and length depend */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cutting);
} cuttings SEC(".maps");

static __always_inline struct cutting *cutting_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&cuttings, &first);
}

struct cut_run {
	struct weir_context *ctx;
	__u32 header;   /* bytes of all headers of a fragment */
	__u32 data;     /* bytes of what is cut */
	__u32 held;     /* of them in the frame; the others are where the packet was put together */
	__u32 from;
	__u32 most;     /* bytes of a fragment; 0: where it was cut before */
	__u32 next;     /* IPv6: where the type of the header after the unfragmentable part stood */
	__u32 flags;
	__u32 place;    /* IPv4: of what is a fragment itself, its offset and whether others follow */
	__u32 id;
	__u32 failed;
};

/*
 * Length of the piece that began at `from` when the packet came, or would have with the headers of the tunnel, which make the first longer.
 * Global, so that it is verified once.
 */
__noinline int piece_length(__u32 from)
{
	struct cut *cut = cut_get();
	__u32 start, more;

	if (!cut)
		return 0;
	start = from ? from - cut->wrapped : 0;
	more = from ? 0 : cut->wrapped;
	for (__u32 i = 0; i < MOST_PIECES; i++)
		if (cut->list[i].start == start && i < cut->pieces)
			return cut->list[i].length + more;
	return 0;
}

/* End of the data of the fragment that begins at run->from. */
static __always_inline __u32 cut_end(const struct cut_run *run)
{
	__u32 room = run->most - run->header;

	if (!run->most)
		return run->from + piece_length(run->from);
	return room >= run->data - run->from ? run->data : run->from + (room & ~7u);
}

#if WEIR_FAMILY == 4

/* Options without the copied bit stand only in the first fragment; the others have NOPs there (RFC 791 section 3.1). */
/* Global, so that it is verified once. */
__noinline int cut_blank_options(__u32 header)
{
	struct cutting *cutting = cutting_get();
	__u32 blank = 0, end = sizeof(struct iphdr);

	if (!cutting)
		return -1;
	for (__u32 i = sizeof(struct iphdr); i < 60; i++) {
		__u8 type = cutting->header[i];

		if (i >= header)
			return 0;
		if (i == end) {
			if (type == 0)
				return 0;
			blank = !(type & OPTION_COPIED);
			end = i + (type == 1 || !cutting->header[i + 1] ? 1 : cutting->header[i + 1]);
		}
		if (blank)
			cutting->header[i] = 1;
	}
	return 0;
}

/* Global, so that it is verified once. */
__noinline int cut_write_ipv4(__u32 header, __u32 length, __u32 offset)
{
	struct cutting *cutting = cutting_get();
	struct iphdr *ip;
	__u32 sum = 0;

	if (!cutting)
		return -1;
	ip = (void *)cutting->header;
	ip->tot_len = bpf_htons(length);
	ip->frag_off = bpf_htons(offset);
	ip->check = 0;
	for (__u32 i = 0; i < 30; i++)
		if (i < header >> 1)
			sum += ((__u16 *)ip)[i];
	ip->check = ~checksum_fold(sum);
	return 0;
}

static __always_inline void cut_write_header(struct cut_run *run, struct cutting *cutting, __u32 to)
{
	__u32 more = to < run->data ? IP_MORE : run->place & IP_MORE;

	(void)cutting;
	cut_write_ipv4(run->header, run->header + to - run->from, run->flags | more | ((run->place & IP_OFFSET) + (run->from >> 3)));
}

#else

static __always_inline void cut_blank_options(__u32 header)
{
	(void)header;
}

static __always_inline void cut_write_header(struct cut_run *run, struct cutting *cutting, __u32 to)
{
	struct ipv6hdr *ip = (void *)cutting->header;
	__u32 at = (run->header - FRAGMENT_HEADER) & (PIECE_HEADERS - 1);
	__u8 *fragment = cutting->header + at;

	ip->payload_len = bpf_htons(run->header - sizeof(*ip) + to - run->from);
	*(__be16 *)(fragment + 2) = bpf_htons(run->from | (to < run->data));
	*(__be32 *)(fragment + 4) = run->id;
}

#endif

#if defined(WEIR_EXPLAIN)

struct leaving {
	__u32 interface;
	__u32 length;
	__u8 bytes[PIECES_LONGEST + 512];
};

/* The fragments that would leave. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MOST_PIECES);
	__type(key, __u32);
	__type(value, struct leaving);
} leaving SEC(".maps");

static __always_inline int piece_send(struct weir_context *ctx, const struct cut *cut, __u32 length)
{
	struct weir_explanation *explanation = explanation_get();
	struct leaving *piece;
	__u32 place;

	if (!explanation)
		return -1;
	place = explanation->pieces;
	piece = bpf_map_lookup_elem(&leaving, &place);
	if (!piece)
		return -1;
	explanation->pieces = place + 1;
	piece->interface = cut->interface;
	piece->length = length;
	length = piece_size(length);
	if (length > sizeof(piece->bytes))
		return -1;
	return context_load(ctx, 0, piece->bytes, length);
}

#else

static __always_inline int piece_send(struct weir_context *ctx, const struct cut *cut, __u32 length)
{
	(void)length;
	return bpf_clone_redirect(ctx, cut->interface, cut->inward ? BPF_F_INGRESS : 0);
}

#endif

/* Writes `length` bytes from `from` on into the frame, of those that it held. 0, or -1. */
static __always_inline int piece_write(struct weir_context *ctx, const struct cutting *cutting, __u32 to, __u32 from, __u32 length)
{
	length = piece_size(length);
	asm volatile("" : "+r"(from));
	if (length > PIECES_LONGEST || from > PIECES_LONGEST)
		return -1;
	return bpf_skb_store_bytes(ctx, to, cutting->bytes + from, length, 0) ? -1 : 0;
}

/* The same of those that it did not hold; `from` is counted from there. */
static __always_inline int piece_write_rest(struct weir_context *ctx, const struct cut *cut, __u32 to, __u32 from, __u32 length)
{
	const struct reassembly *place = reassembly_at(cut->place);

	if (!place)
		return -1;
	length = piece_size(length);
	from += DATAGRAM_HELD;
	asm volatile("" : "+r"(from));
	if (length > PIECES_LONGEST || from > DATAGRAM_LONGEST)
		return -1;
	return bpf_skb_store_bytes(ctx, to, place->bytes + from, length, 0) ? -1 : 0;
}

/* Writes the data of the fragment that begins at run->from behind its headers. 0, or -1. */
static __always_inline int piece_fill(const struct cut_run *run, const struct cutting *cutting, const struct cut *cut, __u32 to)
{
	__u32 at = sizeof(struct ethhdr) + run->header, from = run->from;

	if (from < run->held) {
		__u32 end = to < run->held ? to : run->held;

		if (piece_write(run->ctx, cutting, at, from, end - from))
			return -1;
		at += end - from;
		from = end;
	}
	return to > from ? piece_write_rest(run->ctx, cut, at, from - run->held, to - from) : 0;
}

/* Makes the frame the fragment that begins at run->from, and sends a copy of it. 1 when it was the last, or could not be sent. */
static long cut_step(__u32 step, struct cut_run *run)
{
	__u32 from = run->from, header = run->header, to, length;
	struct cutting *cutting = cutting_get();
	struct cut *cut = cut_get();

	run->failed = 1;
	if (!cutting || !cut)
		return 1;
	to = cut_end(run);
	if (to <= from || to > run->data)
		return 1;
	length = to - from;
	cut_write_header(run, cutting, to);
	if (bpf_skb_change_tail(run->ctx, sizeof(struct ethhdr) + header + length, 0))
		return 1;
	header = piece_size(header);
	if (header > PIECE_HEADERS + FRAGMENT_HEADER)
		return 1;
	if (bpf_skb_store_bytes(run->ctx, sizeof(struct ethhdr), cutting->header, header, 0))
		return 1;
	if (piece_fill(run, cutting, cut, to))
		return 1;
	if (!cut->known || piece_send(run->ctx, cut, sizeof(struct ethhdr) + header + length))
		return 1;
	if (step == 0)
		cut_blank_options(header);
	run->from = to;
	run->failed = 0;
	return to == run->data;
}

#if WEIR_FAMILY == 4

/* Splits the packet into headers and data; -1 if that is not possible. */
static __always_inline int cut_open(struct weir_context *ctx, struct cut_run *run, struct cutting *cutting, const struct cut *cut)
{
	struct iphdr *ip = (void *)cutting->header;

	if (context_load(ctx, sizeof(struct ethhdr), cutting->header, sizeof(*ip)))
		return -1;
	run->header = ip->ihl * 4;
	if (run->header < sizeof(*ip) || context_load(ctx, sizeof(struct ethhdr), cutting->header, run->header))
		return -1;
	if (cut->full_ttl)
		ip->ttl = MOST_TTL;
	run->place = bpf_ntohs(ip->frag_off) & (IP_MORE | IP_OFFSET);
	/* DF is carried over only where the packet is not cut as it came. */
	run->flags = cut->pieces && run->most ? bpf_ntohs(ip->frag_off) & IP_DF : 0;
	return run->header;
}

#else

/* Where a walk over the headers of the packet stands; offsets in the packet. */
struct walk {
	__u32 at;      /* the header to look at */
	__u32 split;   /* end of those that stay before the fragment header */
	__u32 next_at; /* the byte that names the header at `split` */
	__u32 type;    /* of the header to look at */
};

/* A step of it; 1 when it has come to its end, -1 if the packet ends before. Global, so that it is verified once. */
__noinline int cut_walk(struct weir_context *ctx, struct walk *walk)
{
	__u32 here;
	__u8 begin[2];

	if (!walk)
		return -1;
	if (walk->type != NEXT_HOP_BY_HOP && walk->type != NEXT_ROUTING && walk->type != NEXT_DESTINATION_OPTIONS)
		return 1;
	here = walk->at;
	if (context_load(ctx, sizeof(struct ethhdr) + here, begin, sizeof(begin)))
		return -1;
	walk->at = here + (begin[1] + 1) * 8;
	if (walk->type != NEXT_DESTINATION_OPTIONS) {
		walk->split = walk->at;
		walk->next_at = here;
	}
	walk->type = begin[0];
	return 0;
}

/* Headers that every router on the way reads stay before the fragment header: hop-by-hop and routing. */
static __always_inline int cut_open(struct weir_context *ctx, struct cut_run *run, struct cutting *cutting, const struct cut *cut)
{
	struct walk walk = { .at = sizeof(struct ipv6hdr), .split = sizeof(struct ipv6hdr), .next_at = offsetof(struct ipv6hdr, nexthdr) };
	__u32 split, at, next_at, length;
	int ended = 0;
	__u8 type;

	if (context_load(ctx, sizeof(struct ethhdr) + walk.next_at, &type, sizeof(type)))
		return -1;
	walk.type = type;
	for (int i = 0; i < MOST_EXTENSIONS && !ended; i++)
		ended = cut_walk(ctx, &walk);
	if (ended < 0)
		return -1;
	split = walk.split;
	next_at = walk.next_at;
	if (split > PIECE_HEADERS - FRAGMENT_HEADER || next_at >= PIECE_HEADERS)
		return -1;
	length = piece_size(split);
	if (length > PIECE_HEADERS || context_load(ctx, sizeof(struct ethhdr), cutting->header, length))
		return -1;
	next_at &= PIECE_HEADERS - 1;
	at = split & (PIECE_HEADERS - 1);
	cutting->header[at] = cutting->header[next_at];
	cutting->header[at + 1] = 0;
	cutting->header[next_at] = NEXT_FRAGMENT;
	if (cut->full_ttl)
		cutting->header[offsetof(struct ipv6hdr, hop_limit)] = MOST_TTL;
	run->header = split + FRAGMENT_HEADER;
	run->id = bpf_get_prandom_u32();
	return split;
}

#endif

/* Length of the first piece with the headers of the tunnel, its IP header and all. */
static __always_inline __u32 first_piece(void)
{
	return sizeof(struct ipv6hdr) + FRAGMENT_HEADER + piece_length(0);
}

/* The largest fragment to make; 0 if those it came in all fit and it can be cut as they were. */
static __always_inline __u32 cut_most(const struct cut *cut)
{
	__u32 most;

	if (!cut->pieces)
		return cut->mtu;
	if (cut->mtu && cut->largest > cut->mtu)
		return cut->mtu;
	most = cut->largest > LEAST_PIECE ? cut->largest : LEAST_PIECE;
	if (!cut->wrapped || (cut->as_came && first_piece() <= most))
		return 0;
	return most;
}

static __always_inline int cut_and_send(struct weir_context *ctx)
{
	struct cutting *cutting = cutting_get();
	struct cut_run run = { .ctx = ctx, .failed = 1 };
	struct cut *cut = cut_get();
	__u32 length;
	int split;

	if (!cutting || !cut)
		return WEIR_VERDICT_DROP;
	/* A device cannot fill in one checksum over several packets. */
	if (checksum_left(ctx, cut->transport, cut->protocol) >= 0)
		return WEIR_VERDICT_DROP;
	if (cut->inward == INWARD_MARKED)
		ctx->mark = GIVEN_BACK;
	run.most = cut_most(cut);
	split = cut_open(ctx, &run, cutting, cut);
	if (split < 0)
		return WEIR_VERDICT_DROP;
	length = ctx->len - sizeof(struct ethhdr) - split;
	if (length == 0 || length > PIECES_LONGEST || (run.most && run.most < run.header + 8))
		return WEIR_VERDICT_DROP;
	run.held = length;
	run.data = length + cut->rest;
	length = piece_size(length);
	if (length > PIECES_LONGEST)
		return WEIR_VERDICT_DROP;
	if (context_load(ctx, sizeof(struct ethhdr) + split, cutting->bytes, length))
		return WEIR_VERDICT_DROP;
	bpf_loop(DATAGRAM_LONGEST / 8, cut_step, &run, 0);
	if (cut->rest)
		reassembly_release(cut->place);
	if (!cut->known) {
		struct bpf_redir_neigh neighbour = { .nh_family = cut->gateway_family };

		__builtin_memcpy(neighbour.ipv6_nh, cut->gateway, sizeof(cut->gateway));
		return bpf_redirect_neigh(cut->interface, &neighbour, sizeof(neighbour), 0);
	}
	return WEIR_VERDICT_DROP;
}

#endif
