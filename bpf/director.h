/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The director: a packet in, a verdict out. This is what every packet runs through; one that may start a connection is handed to the
 * program of start.h. The specification is src/lvs/director.ts.
 */
#ifndef WEIR_DIRECTOR_H
#define WEIR_DIRECTOR_H

#include "connection/origin.h"
#include "forward/carry.h"
#include "forward/follower.h"
#include "fragment/give_back.h"
#include "handover.h"
#include "icmp/quote.h"
#include "lookup/interest.h"
#include "lookup/lookup.h"
#include "route/delivered.h"
#include "route/martian.h"

/* With expire_nodest_conn: the real server has been deleted, or is quiesced and the packet opens a connection. */
static __always_inline int is_without_server(const struct packet *packet, const struct weir_connection *request)
{
	__u32 index = request->destination;
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);

	return destination && (!(destination->flags & WEIR_DESTINATION_AVAILABLE) ||
			       (destination->weight == 0 && packet_is_first(packet)));
}

/* Why a packet ends a connection; only where the program explains. */
static __always_inline void explain_expiry(const struct weir_settings *settings, const struct packet *packet,
					   const struct weir_connection *request)
{
	__u32 index = request->destination, because = WEIR_EXPIRY_REUSED;
	struct weir_destination *destination;

	if (!EXPLAINS)
		return;
	destination = bpf_map_lookup_elem(&destinations, &index);
	if (settings->expire_nodest_conn && destination && destination->weight == 0 && packet_is_first(packet))
		because = WEIR_EXPIRY_QUIESCED;
	else if (!connection_is_reused(settings, packet, request, request->state))
		because = WEIR_EXPIRY_GONE;
	explain_numbers(WEIR_STEP_EXPIRED, 0, because, 0);
}

/* A packet that replaces a connection: if nobody can take the new one it is TC that says so, which has to find everything as it is here. */
static __always_inline int replacing_is_left_to_tc(const struct packet *packet)
{
#if defined(WEIR_XDP)
	return packet->replaces;
#else
	(void)packet;
	return 0;
#endif
}

/* Ends the connection that the packet takes the place of. Where none starts, its real server has it no longer either. */
static __always_inline void direct_replace(const struct weir_settings *settings, struct packet *packet,
					   struct weir_connection *entry, __u32 state, __u32 now, int starts)
{
#if defined(WEIR_TC)
	struct ending ending = { .state = state, .now = now, .kind = WEIR_EVENT_CLOSED, .stays = starts };
	struct handover *handover = handover_get();
	__u32 index = entry->destination;

	if (!handover)
		return;
	packet->replaces = connection_finish_apart(settings, &packet->flow, entry, &ending) && starts;
	handover->replaced = index;
	handover->replaced_state = state;
#else
	(void)settings;
	(void)entry;
	(void)state;
	(void)now;
	(void)starts;
	packet->replaces = 1;
#endif
}

/* The entry, if its connection goes on with this packet; else NULL, and the connection has ended. `starts`: then another may begin. */
static __always_inline struct weir_connection *direct_known(const struct weir_settings *settings, struct packet *packet,
							     struct weir_connection *entry, __u32 now, int starts)
{
	__u32 state = entry->state;

	if (state >= WEIR_STATES)
		return NULL;
	if (connection_is_over(settings, &packet->flow, entry, now)) {
		if (entry->role == WEIR_ROLE_REQUEST)
			connection_end(settings, &packet->flow, entry, state, now, WEIR_EVENT_CLOSED);
		return NULL;
	}
	connection_explain(settings, &packet->flow, entry, entry->role);
	if (entry->role == WEIR_ROLE_REPLY ||
	    (!connection_is_reused(settings, packet, entry, state) && !(settings->expire_nodest_conn && is_without_server(packet, entry))))
		return entry;
	explain_expiry(settings, packet, entry);
	direct_replace(settings, packet, entry, state, now, starts);
	return NULL;
}

/* True for a reply of a connection of a single entry, which goes on with it. */
static __always_inline int direct_single(const struct weir_settings *settings, const struct packet *packet, __u32 now, struct reply *reply)
{
	reply->entry = NULL;
	if (!settings->origins || !is_from_server_address(packet))
		return 0;
	single_find(settings, &packet->flow, now, reply);
	return reply->entry != NULL;
}

/* Bytes of a packet that came in fragments which the frame does not hold. */
static __always_inline __u32 direct_rest(void)
{
#if defined(WEIR_TC)
	struct handover *handover = handover_get();

	return handover ? handover->packet.rest : 0;
#else
	return 0;
#endif
}

/* What the frame itself does not tell of a packet that came in fragments. */
static __always_inline void direct_whole(struct packet *packet)
{
#if defined(WEIR_TC)
	struct handover *handover = handover_get();
	struct cut *cut = cut_get();

	if (!handover || !cut)
		return;
	packet->pieces = handover->packet.pieces;
	if (packet->pieces && FAMILY == AF_INET6)
		packet->segment = cut->largest;
#else
	(void)packet;
#endif
}

/* The options of a packet that came to this program once more have been heeded: of one that came in fragments not yet. */
static __always_inline int is_heeded(void)
{
	struct handover *handover = handover_get();

	return !handover || handover->from == HANDED_BY_OPTIONS;
}

/* True for an ICMP message that is no error. */
static __always_inline int is_query(struct weir_context *ctx, const struct packet *packet, __u32 reason)
{
	__u8 type;

	return reason == WEIR_REASON_PROTOCOL && packet->flow.protocol == ICMP_PROTOCOL &&
	       !context_load(ctx, packet->transport, &type, sizeof(type)) && !icmp_is_error(type);
}

/* What is neither TCP nor UDP in one piece goes another way, in TC. `again`: see direct. */
static __always_inline int direct_other(struct weir_context *ctx, const struct weir_settings *settings, struct packet *packet,
					__u32 reason, int again)
{
	int of_interest = settings_services(settings) && is_of_interest(packet);

	if (reason == WEIR_REASON_FRAGMENT && is_given_back(ctx))
		return refuse(ctx, reason);
	if (reason == WEIR_REASON_FRAGMENT && of_interest)
		return hand_over_heeding(ctx, packet, clock_ticks(settings),
					 FAMILY == AF_INET && is_follower(packet->flow.protocol) ? WEIR_PROGRAM_FOLLOWER : WEIR_PROGRAM_REASSEMBLER);
	if (again && is_query(ctx, packet, reason)) {
		direct_whole(packet);
		return give_back(ctx, packet, WEIR_REASON_ICMP_QUERY);
	}
	if (reason == WEIR_REASON_PROTOCOL && settings_services(settings) &&
	    packet->flow.protocol == (FAMILY == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return hand_over_heeding(ctx, packet, clock_ticks(settings), WEIR_PROGRAM_TRANSLATOR);
	if (reason == WEIR_REASON_PROTOCOL && of_interest && is_follower(packet->flow.protocol)) {
		if (again)
			direct_whole(packet);
		return hand_over_heeding(ctx, packet, clock_ticks(settings), WEIR_PROGRAM_FOLLOWER);
	}
	if (reason == WEIR_REASON_PROTOCOL && is_follower(packet->flow.protocol))
		reason = WEIR_REASON_NO_SERVICE;
	if (again && (reason == WEIR_REASON_PROTOCOL || reason == WEIR_REASON_NO_SERVICE)) {
		direct_whole(packet);
		return give_back(ctx, packet, reason);
	}
	return refuse(ctx, reason);
}

/* A packet of a connection whose method has a program of its own. */
static __always_inline int direct_apart(struct weir_context *ctx, const struct packet *packet, const struct weir_connection *entry, __u32 now)
{
	if (entry->method == WEIR_METHOD_BYPASS)
		return hand_over_rare(ctx, packet, now, WEIR_PROGRAM_BYPASSER);
	return hand_over(ctx, packet, now, WEIR_PROGRAM_CARRIER);
}

/* `again`: the packet has been put together from fragments, or its options have been heeded. */
static __always_inline int direct(struct weir_context *ctx, int again)
{
	struct weir_settings *settings = weir_settings_get();
	struct weir_connection *entry;
	struct packet packet = {};
	struct reply reply;
	__u32 reason, now;

	packet.unaligned = again;
	if (again)
		packet.rest = direct_rest();
	reason = parse(ctx, &packet);
	if (reason == WEIR_REASON_TRUNCATED &&
	    (packet.length + sizeof(struct ethhdr) < packet.transport || !is_dropped_short(ctx, settings, &packet)))
		reason = WEIR_REASON_MALFORMED;
	if (reason)
		return direct_other(ctx, settings, &packet, reason, again);
	if (again)
		direct_whole(&packet);
	/* Without any service the kernel takes IPVS's hooks off: connections rest until a service comes back. */
	if (!settings_services(settings) || !is_of_service(&packet)) {
		if (settings_services(settings))
			explain_nobodys(ctx, settings, &packet);
		return again ? give_back(ctx, &packet, WEIR_REASON_NO_SERVICE) : refuse(ctx, WEIR_REASON_NO_SERVICE);
	}
	now = clock_ticks(settings);
	if (has_options(&packet) && !(again && is_heeded()))
		return hand_over_heeding(ctx, &packet, now, WEIR_PROGRAM_DIRECTOR);
	if (!direct_single(settings, &packet, now, &reply)) {
		entry = connection_find(settings, &packet.flow);
		if (entry && !ip_checksum_is_right(ctx, &packet))
			return refuse(ctx, WEIR_REASON_IP_CHECKSUM);
		if (entry)
			entry = direct_known(settings, &packet, entry, now, 1);
		if (!entry && replacing_is_left_to_tc(&packet))
			return refuse(ctx, WEIR_REASON_LEFT_TO_TC);
		if (!entry)
			return hand_over(ctx, &packet, now, WEIR_PROGRAM_START);
		if (entry->method >= WEIR_METHOD_BYPASS)
			return direct_apart(ctx, &packet, entry, now);
		if (entry->role == WEIR_ROLE_REQUEST)
			return carry_request(ctx, settings, &packet, entry, now);
		reply.face = reply.entry = entry;
	} else if (!ip_checksum_is_right(ctx, &packet)) {
		return refuse(ctx, WEIR_REASON_IP_CHECKSUM);
	} else {
		single_explain(&packet.flow, &reply);
	}
	return carry_reply(ctx, settings, &packet, &reply, now);
}

#endif
