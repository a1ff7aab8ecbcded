/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The frame of the last fragment that was missing becomes the whole packet, or as much of it as there is room for. */
#ifndef WEIR_FRAGMENT_RESTORE_H
#define WEIR_FRAGMENT_RESTORE_H

#include "reassembly.h"

#if WEIR_FAMILY == 4

/* DF stays if the largest fragment had it (ip_fragment.c; recorded: wire/nat-udp-fragments-df). */
static __always_inline void reassembly_write_header(struct reassembly *place)
{
	struct iphdr *ip = (void *)place->headers;
	__u16 *word = (void *)place->headers;
	__u32 sum = 0;

	ip->tot_len = bpf_htons(place->header + place->end);
	ip->frag_off = place->largest_whole && place->largest_whole == place->largest ? bpf_htons(IP_DF) : 0;
	ip->check = 0;
	for (__u32 i = 0; i < 30; i++)
		if (i < place->header >> 1)
			sum += word[i];
	ip->check = ~checksum_fold(sum);
}

#else

/* The header before the fragment header takes over its next header. */
static __always_inline void reassembly_write_header(struct reassembly *place)
{
	struct ipv6hdr *ip = (void *)place->headers;

	ip->payload_len = bpf_htons(place->header - sizeof(*ip) + place->end);
	place->headers[place->next_at & (PIECE_HEADERS - 1)] = place->next;
}

#endif

/* The frame at hand becomes the packet, of a long one the beginning. */
static __always_inline int reassembly_restore(struct weir_context *ctx, struct reassembly *place)
{
	__u32 header = place->header, length = place->end;

	if (length > DATAGRAM_HELD)
		length = DATAGRAM_HELD;
	if (header < IP_HEADER || header > PIECE_HEADERS || length == 0)
		return -1;
	reassembly_write_header(place);
	if (bpf_skb_change_tail(ctx, sizeof(struct ethhdr) + header + length, 0))
		return -1;
	length = piece_size(length);
	header = piece_size(header);
	if (length > PIECES_LONGEST || header > PIECE_HEADERS)
		return -1;
	if (bpf_skb_store_bytes(ctx, sizeof(struct ethhdr), place->headers, header, 0))
		return -1;
	return bpf_skb_store_bytes(ctx, sizeof(struct ethhdr) + header, place->bytes, length, 0) ? -1 : 0;
}

#endif
