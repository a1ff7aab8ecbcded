/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tunnels with a checksum in their own header, over everything from there on: a program of its own, since it reads the whole packet. */
#ifndef WEIR_FORWARD_SEAL_H
#define WEIR_FORWARD_SEAL_H

#include "../fragment/rest.h"
#include "../handover.h"
#include "../verdict/send.h"
#include "tunnel.h"

/*
 * Of a super packet the kernel would
 * have to compute one for each segment, which a program cannot tell it: UDP goes without then, and GRE does not go.
 */
static __always_inline int tunnel_seal(struct weir_context *ctx, const struct packet *packet,
				       const struct weir_destination *destination)
{
	__u32 outer = tunnel_overhead(destination), header = tunnel_header_length(destination);
	__u32 at = sizeof(struct ethhdr) + outer - header, length = header + packet->length, sum = 0;
	int left = checksum_left(ctx, packet->transport + outer, packet->flow.protocol), whole;
	__u16 field;

	if (packet->super_packet)
		return destination->tunnel == WEIR_TUNNEL_GUE ? 0 : -1;
	if (destination->tunnel == WEIR_TUNNEL_GUE) {
		sum = bpf_htons(IPPROTO_UDP) + bpf_htons(length);
#pragma unroll
		for (int i = 0; i < 4; i++) {
			sum += (destination->source[i] & 0xffff) + (destination->source[i] >> 16);
			sum += (destination->address[i] & 0xffff) + (destination->address[i] >> 16);
		}
	}
	/* What the device will make of it sums up to the complement of what is there now. */
	if (left >= 0) {
		length = packet->transport + outer - at;
		sum += (__u16)~left;
	}
	if (packet->rest) {
		length -= packet->rest;
		sum = rest_sum(packet->rest, sum);
	}
	whole = checksum_over(ctx, at, length, sum);
	if (whole < 0)
		return -1;
	field = destination->tunnel == WEIR_TUNNEL_GUE && whole == 0 ? 0xffff : whole;
	return context_store(ctx, at + (destination->tunnel == WEIR_TUNNEL_GUE ? offsetof(struct udphdr, check) : GRE_LENGTH),
			     &field, sizeof(field));
}

/* Hands the wrapped packet over to be sealed and sent. */
static __always_inline int seal_and_send(struct weir_context *ctx, const struct packet *packet, __u32 destination,
					 const struct hop *hop)
{
	struct handover *handover = handover_get();

	if (!handover)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	handover->packet = *packet;
	handover->destination = destination;
	handover->hop = *hop;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_SEALER);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

/* The program for it. */
static __always_inline int seal(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	struct weir_destination *destination;

	if (!handover)
		return WEIR_VERDICT_DROP;
	destination = bpf_map_lookup_elem(&destinations, &handover->destination);
	if (!destination || tunnel_seal(ctx, &handover->packet, destination))
		return WEIR_VERDICT_DROP;
	return send_out(ctx, settings, &handover->packet, &handover->hop);
}

#endif
