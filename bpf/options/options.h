/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Options of the IP header ask a host to do something, or are reasons to refuse the packet, before IPVS sees it. A program of its own, which
 * hands on to the one that the packet would have come to without. TC only. The twin is src/lvs/host/host.ts.
 */
#ifndef WEIR_OPTIONS_H
#define WEIR_OPTIONS_H

#include "../connection/connection.h"
#include "../connection/origin.h"
#include "../forward/local.h"
#include "../handover.h"
#include "../lookup/lookup.h"
#include "../route/forwarded.h"
#if WEIR_FAMILY == 4
#include "ipv4.h"
#else
#include "ipv6.h"
#endif

#if WEIR_FAMILY == 4

/* A reply that the stack refuses: it is the stack's to heed and to answer. */
static __noinline int is_refused(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet)
{
	struct hop hop = {};
	__u32 reason;

	stack_forwards(ctx, settings, packet, &hop, &reason);
	return reason != WEIR_REASON_NONE;
}

/*
 * What the director records: what a request was sent to, and of a reply that it restores what it is restored to; beside the time, where that
 * came from. stamps->record is 0 for a packet that will go to the stack, which records its own, as its client or its real server is the
 * director itself, or nobody, or as the stack refuses it.
 */
static __always_inline void stamps_of(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
				      __u32 now, struct stamps *stamps)
{
	struct weir_destination *destination;
	struct found_service found = {};
	const struct weir_connection *face;
	struct reply single;
	__u32 index;

	single_find(settings, &packet->flow, now, &single);
	if (!single.entry)
		single.face = single.entry = connection_find(settings, &packet->flow);
	face = single.face;
	if (!face) {
		if (packet->truncated || !packet_may_start(settings, packet) || packet->flow.source_port == bpf_htons(FTP_DATA_PORT) ||
		    !service_find(ctx, settings, packet, &packet->flow, &found))
			return;
		stamps->record = stamps->stamp = packet->flow.target[0];
		return;
	}
	index = single.entry->destination;
	destination = bpf_map_lookup_elem(&destinations, &index);
	if (face->role == WEIR_ROLE_REQUEST ? destination && is_local(destination) : single.entry->flags & WEIR_CONNECTION_OWN)
		return;
	stamps->record = stamps->stamp = packet->flow.target[0];
	if (face->role == WEIR_ROLE_REQUEST || single.entry->method == WEIR_METHOD_FULL_NAT || !destination)
		return;
	stamps->record = is_refused(ctx, settings, packet) ? 0 : face->address[0];
	stamps->stamp = destination->source[0];
}

/* WEIR_REASON_NONE for a packet that goes on, its options heeded. A wrong header goes on as it is, to be dropped where others are. */
static __always_inline __u32 heed(struct weir_context *ctx, const struct weir_settings *settings, struct handover *handover)
{
	const struct packet *packet = &handover->packet;
	__u32 header = packet->transport - sizeof(struct ethhdr);
	struct options found = {};
	struct stamps stamps = {};

	if (context_is_own(ctx) || !ip_checksum_is_right(ctx, packet))
		return WEIR_REASON_NONE;
	if (context_load(ctx, sizeof(struct ethhdr) + offsetof(struct iphdr, check), &handover->came_check, sizeof(handover->came_check)))
		return WEIR_REASON_MALFORMED;
	handover->came_ttl = packet->ttl;
	if (options_read(ctx, header, &found))
		return WEIR_REASON_MALFORMED;
	if (found.routed)
		return WEIR_REASON_SOURCE_ROUTED;
	if (handover->next != WEIR_PROGRAM_AGAIN)
		return WEIR_REASON_NONE;
	stamps_of(ctx, settings, packet, handover->now, &stamps);
	if (!stamps.record)
		return WEIR_REASON_NONE;
	stamps.time = stamp_now(settings);
	return options_heed(ctx, header, &found, &stamps) ? WEIR_REASON_REWRITE_FAILED : WEIR_REASON_NONE;
}

#else

static __always_inline __u32 heed(struct weir_context *ctx, const struct weir_settings *settings, struct handover *handover)
{
	(void)settings;
	(void)handover;
	return context_is_own(ctx) || hop_options_are_good(ctx) ? WEIR_REASON_NONE : WEIR_REASON_MALFORMED;
}

#endif

/* The program for packets with options. */
static __always_inline int heed_options(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	__u32 reason;

	if (!handover)
		return WEIR_VERDICT_PASS;
	reason = heed(ctx, settings, handover);
	if (reason)
		return refuse(ctx, reason);
	if (handover->next == WEIR_PROGRAM_DIRECTOR)
		handover->from = HANDED_BY_OPTIONS;
	bpf_tail_call(ctx, &weir_programs, handover->next);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

#endif
