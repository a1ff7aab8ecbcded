/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An ICMP error about a packet that the director has sent through a tunnel becomes one about the packet inside it, to the client: with
 * the MTU that the tunnel leaves, if one was told (recorded: wire/tun-*-icmp-*). Of IPv4 in IPv4. TC only. The twin is
 * src/lvs/tunnel-error.ts.
 */
#ifndef WEIR_ICMP_TUNNEL_ERROR_H
#define WEIR_ICMP_TUNNEL_ERROR_H

#include "error.h"
#include "translate.h"

/* The least that a link carries (RFC 791): below it nothing is taken off an MTU. */
#define LEAST_MTU 68
/* The least that is believed of a path (net.ipv4.route.min_pmtu). */
#define LEAST_PATH_MTU 552

/* What an error about a tunnel packet is about. */
struct tunnel_quote {
	__u32 inner;        /* offset of the packet inside */
	__u8 tunnel;        /* enum weir_tunnel */
	__be16 port;        /* of GUE */
};

/* Where the packet inside begins; -1 if this is no tunnel of IPv4. */
static __always_inline int tunnel_quote_read(struct weir_context *ctx, const struct quote *outer, __u32 end,
					     struct tunnel_quote *tunnel)
{
	__u8 header[12] = {};
	__u32 at = outer->transport;

	tunnel->inner = at;
	tunnel->tunnel = WEIR_TUNNEL_IPIP;
	if (outer->flow.protocol == IPPROTO_IPIP)
		return 0;
	if (outer->flow.protocol == IPPROTO_GRE) {
		if (at + GRE_LENGTH > end || context_load(ctx, at, header, GRE_LENGTH) ||
		    *(__be16 *)(header + 2) != bpf_htons(ETH_P_IP))
			return -1;
		tunnel->tunnel = WEIR_TUNNEL_GRE;
		tunnel->inner = at + (header[0] & GRE_CHECKSUM_PRESENT ? GRE_LENGTH + GRE_CHECKSUM_LENGTH : GRE_LENGTH);
		return 0;
	}
	if (at + GUE_LENGTH > end || context_load(ctx, at, header, GUE_LENGTH) || header[8] >> 5 || header[9] != IPPROTO_IPIP)
		return -1;
	tunnel->tunnel = WEIR_TUNNEL_GUE;
	tunnel->port = *(__be16 *)(header + 2);
	tunnel->inner = at + GUE_LENGTH + (header[8] & 0x1f) * 4;
	return 0;
}

/* True if the destination is reached through that tunnel. */
static __always_inline int tunnel_matches(const struct weir_destination *destination, const struct quote *outer,
					  const struct tunnel_quote *tunnel)
{
	return destination->method == WEIR_METHOD_TUNNEL && destination->family == AF_INET &&
	       destination->address[0] == outer->flow.target[0] && destination->tunnel == tunnel->tunnel &&
	       (tunnel->tunnel != WEIR_TUNNEL_GUE || destination->tunnel_port == tunnel->port);
}

/* Bytes that the route to the server carries, whatever was told of the path. */
static __always_inline __u32 tunnel_route_mtu(struct weir_context *ctx, const struct weir_destination *destination, __u32 told)
{
	struct bpf_fib_lookup fib = { .family = AF_INET, .tot_len = 1 };

	fib.ipv4_src = destination->source[0];
	fib.ipv4_dst = destination->address[0];
	return route_find(ctx, &fib, 0, SENDER_DIRECTOR) == BPF_FIB_LKUP_RET_SUCCESS ? fib.mtu_result : told;
}

/*
 * Learns the MTU of the path from an error that tells one, and takes the tunnel off what the client is told: what the last packet to the
 * server was compared with, and if an error had told that, what is known now. Nothing raises what is known (__ip_rt_update_pmtu).
 */
static __always_inline __u32 tunnel_mtu(struct weir_context *ctx, const struct weir_destination *destination,
					struct weir_load *load, __u32 told, __u32 now)
{
	__u32 mtu = tunnel_route_mtu(ctx, destination, told), overhead = tunnel_overhead(destination);
	int known = path_is_known(load, now), used = known && load->path_used;
	__u32 path = known ? load->path_mtu : mtu;

	if (told <= path) {
		path = told >= LEAST_PATH_MTU ? told : path < LEAST_PATH_MTU ? path : LEAST_PATH_MTU;
		if (!EXPLAINS) {
			load->path_learned = now;
			load->path_mtu = path;
			load->path_used = used;
		}
	}
	if (used)
		mtu = path;
	return mtu > LEAST_MTU + overhead ? mtu - overhead : mtu;
}

/* The frame becomes the error to the client: what stands before the packet inside is its headers now. */
static __always_inline int tunnel_error_send(struct weir_context *ctx, const struct weir_settings *settings,
					     const struct quote *inner, const struct error *error, __u32 length, __u32 replier,
					     __u32 now)
{
	__u32 quoted = length < ERROR_QUOTE ? length : ERROR_QUOTE, surplus = inner->at - sizeof(struct ethhdr) - ERROR_ROOM;
	struct packet request = { .flow = inner->flow, .tos = inner->tos, .segment = ERROR_ROOM };
	struct hop hop = {};

	count_reply(replier, length);
	if (!error_is_allowed(settings, inner->flow.source, now) ||
	    hop_find(ctx, &request, inner->flow.target, inner->flow.source, &hop))
		return refuse(ctx, WEIR_REASON_ICMP_CONSUMED);
	tell_drop(ctx, WEIR_REASON_ICMP_CONSUMED);
	if (surplus > 200 || (surplus && bpf_skb_adjust_room(ctx, -(int)surplus, BPF_ADJ_ROOM_MAC, 0)) ||
	    bpf_skb_change_tail(ctx, sizeof(struct ethhdr) + ERROR_ROOM + quoted, 0) ||
	    error_write(ctx, &request, &hop, error, 0, quoted, -1))
		return drop_told(WEIR_REASON_REWRITE_FAILED);
	explain_answer(WEIR_REASON_ICMP_CONSUMED, inner->flow.source);
	count_reply(replier, ERROR_ROOM + quoted);
	count_reason(WEIR_REASON_ICMP_CONSUMED);
	return hop_send(ctx, settings, &hop);
}

/* Not about a tunnel: as any other error. */
static __always_inline int tunnel_error_not(struct weir_context *ctx, struct handover *handover, __u8 protocol)
{
	if (protocol == IPPROTO_IPIP)
		return refuse(ctx, WEIR_REASON_ICMP_UNRELATED);
	handover->from = HANDED_BY_TUNNEL_ERROR;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_TRANSLATOR);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

/* The program for errors about what may be tunnel packets. */
static __always_inline int translate_tunnel_error(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	struct quote outer = {}, inner = {};
	struct tunnel_quote tunnel = {};
	struct weir_destination *destination;
	struct weir_connection *entry;
	const struct packet *packet;
	struct weir_load *load;
	struct error error;
	__u32 end, index;
	__be32 word;
	__u8 head[2];

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	end = sizeof(struct ethhdr) + packet->length;
	if (quote_read(ctx, packet->transport + ICMP_HEADER, end, &outer))
		return refuse(ctx, WEIR_REASON_ICMP_UNRELATED);
	if (tunnel_quote_read(ctx, &outer, end, &tunnel) || quote_read(ctx, tunnel.inner, end, &inner) || !inner.ports)
		return tunnel_error_not(ctx, handover, outer.flow.protocol);
	entry = live_entry(settings, &inner.flow, handover->now);
	if (!entry || entry->role != WEIR_ROLE_REQUEST)
		return tunnel_error_not(ctx, handover, outer.flow.protocol);
	index = entry->destination;
	destination = bpf_map_lookup_elem(&destinations, &index);
	load = bpf_map_lookup_elem(&loads, &index);
	if (!destination || !load || !tunnel_matches(destination, &outer, &tunnel))
		return tunnel_error_not(ctx, handover, outer.flow.protocol);
	if (!icmp_checksum_is_right(ctx, packet))
		return refuse(ctx, WEIR_REASON_ICMP_CHECKSUM);
	if (context_load(ctx, packet->transport, head, sizeof(head)) || context_load(ctx, packet->transport + 4, &word, sizeof(word)))
		return refuse(ctx, WEIR_REASON_MALFORMED);
	error.type = head[0];
	error.code = head[1];
	error.word = bpf_ntohl(word);
	icmp_note(ctx, packet->transport, index);
	if (error.type == ICMP_DEST_UNREACH && error.code == ICMP_FRAG_NEEDED) {
		error.word = tunnel_mtu(ctx, destination, load, error.word & 0xffff, handover->now);
		if (!inner.whole)
			return refuse(ctx, WEIR_REASON_ICMP_CONSUMED);
	}
	return tunnel_error_send(ctx, settings, &inner, &error, end - inner.at, index, handover->now);
}

#endif
