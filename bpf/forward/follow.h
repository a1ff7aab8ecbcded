/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * AH and ESP packets on the way of the connection that they follow: counted, rewritten, sent as its own are, but without ports and
 * checksums, and without a say in its state. TC only. The twins are src/lvs/input.ts and src/lvs/output.ts.
 */
#ifndef WEIR_FOLLOW_H
#define WEIR_FOLLOW_H

#include "../director.h"
#include "../own/deliver.h"
#include "../own/heard.h"
#include "full_nat.h"
#include "past.h"
#if WEIR_FAMILY == 4
#include "../options/options.h"
#endif

/* The timer of the connection begins anew, and nothing else. */
static __always_inline void connection_keep(struct weir_connection *entry, __u32 role, __u32 now)
{
	if (entry->seen != now)
		entry->seen = now;
	if (role == WEIR_ROLE_REQUEST && entry->packets < WEIR_PACKETS_COUNTED)
		entry->packets++;
}

/* Puts the addresses of `entry` and of its partner, NULL but for full NAT, into the packet. */
static __always_inline void follow_rewrite(const struct packet *packet, const struct weir_connection *entry,
					   const struct weir_partner *partner, struct headers *headers)
{
	struct weir_connection end = {};
	struct rewritten rewritten;
	/* What else would be rewritten. */
	__be16 ports[2] = {};

	headers->transport = ports;
	rewrite_addresses(headers, entry, &rewritten);
	if (!partner) {
		explain_masquerade(packet, entry);
		return;
	}
	explain_full_nat(packet, entry, partner);
	client_end(entry, partner, &end);
	rewrite_addresses(headers, &end, &rewritten);
}

/* Rewrites and frames the packet for `hop`, as its method wants. 0, or -1: the packet must be dropped then. Global, so that it is verified once. */
__noinline int follow_frame(struct weir_context *ctx, const struct packet *packet, const struct weir_connection *entry,
			    const struct weir_partner *partner, const struct hop *hop)
{
	struct headers headers;

	if (!packet || !entry || !hop || headers_at(ctx, packet->transport, 0, &headers))
		return -1;
	if (method_translates(entry->method))
		follow_rewrite(packet, entry, partner, &headers);
	hop_write(headers.ethernet, hop);
	ttl_decrement(headers.ip);
	return 0;
}

/* To the stack of the director itself, with the TTL it came with; see rewrite_and_deliver. */
static __always_inline int follow_home(struct weir_context *ctx, const struct packet *packet, const struct weir_connection *entry,
				       const struct weir_partner *partner, __u32 reason)
{
	struct headers headers;

	if (headers_at(ctx, packet->transport, 0, &headers))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	follow_rewrite(packet, entry, partner, &headers);
	count_reason(reason);
	return reason == WEIR_REASON_LOCAL_SERVER && !partner ? pass_here(ctx, packet) : deliver_packet(ctx, packet);
}

/* The reason under which a request is counted that leaves by a method. */
static __always_inline __u32 follow_reason(__u8 method)
{
	switch (method) {
	case WEIR_METHOD_MASQUERADE:
		return WEIR_REASON_MASQUERADED;
	case WEIR_METHOD_ROUTE:
		return WEIR_REASON_ROUTED;
	case WEIR_METHOD_FULL_NAT:
		return WEIR_REASON_FULL_NAT;
	default:
		return WEIR_REASON_TUNNELLED;
	}
}

static __always_inline int follow_request(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
					  struct weir_connection *entry, const struct weir_partner *partner, struct hop *hop)
{
	__u32 reason, index = entry->destination;
	struct weir_destination *destination;

	if (entry->method == WEIR_METHOD_BYPASS) {
		connection_keep(entry, WEIR_ROLE_REQUEST, hop->now);
		return past_send(ctx, settings, packet, past_find(ctx, packet, hop), hop);
	}
	destination = bpf_map_lookup_elem(&destinations, &index);
	if (!destination)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	if (!(destination->flags & WEIR_DESTINATION_AVAILABLE))
		return refuse(ctx, WEIR_REASON_DESTINATION_GONE);
	connection_keep(entry, WEIR_ROLE_REQUEST, hop->now);
	if (is_local(destination)) {
		explain_way(ctx, packet, destination);
		count_in(destination->service, index, packet->length);
		return method_translates(entry->method) ? follow_home(ctx, packet, entry, partner, WEIR_REASON_LOCAL_SERVER) :
							  pass_to_own_server(ctx, packet);
	}
	reason = prepare_request(ctx, packet, entry, destination, hop);
	count_in(destination->service, index, packet->length);
	if (is_told(reason))
		return tell(ctx, packet, hop->now, reason, hop->mtu, is_heard(entry) ? index : NO_REPLIER);
	if (reason)
		return refuse(ctx, reason);
	if (entry->method == WEIR_METHOD_TUNNEL ? forward_tunnel(ctx, packet, destination, hop) :
						  follow_frame(ctx, packet, entry, partner, hop))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	count_reason(follow_reason(entry->method));
	if (entry->method == WEIR_METHOD_TUNNEL && tunnel_is_sealed(destination))
		return seal_and_send(ctx, packet, index, hop);
	return send_out(ctx, settings, packet, hop);
}

/* See carry_reply and full_nat_reply. */
static __always_inline int follow_reply(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
					const struct reply *reply, const struct weir_partner *partner, struct hop *hop)
{
	__u32 index = reply->entry->destination;
	__u32 reason = prepare_reply(ctx, packet, reply->face->address, partner ? partner->address : packet->flow.target, reply->entry, hop);

	if (partner)
		explain_way_back(ctx, packet, reply->face, partner);
	if (!hop->own && is_told(reason))
		return partner ? tell(ctx, packet, hop->now, reason, hop->mtu, NO_REPLIER) : leave_to_stack(reason);
	if (!hop->own && reason)
		return refuse(ctx, reason);
	connection_keep(reply->entry, WEIR_ROLE_REPLY, hop->now);
	count_reply(index, packet->length);
	if (hop->own)
		return follow_home(ctx, packet, reply->face, partner, WEIR_REASON_REPLY_RESTORED);
	if (follow_frame(ctx, packet, reply->face, partner, hop))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	count_reason(WEIR_REASON_REPLY_RESTORED);
	return send_out(ctx, settings, packet, hop);
}

/* A packet that belongs to no connection, or to one by direct routing or a tunnel whose real server has sent it. */
static __always_inline int follow_nobody(struct weir_context *ctx, const struct weir_settings *settings, struct handover *handover)
{
	const struct packet *packet = &handover->packet;
	struct weir_connection *request;

	flow_reverse(&packet->flow, &handover->reversed);
	request = unseen_request(settings, &handover->reversed, handover->now);
	if (!request || !ip_checksum_is_right(ctx, packet) ||
	    (!is_of_director(ctx, packet, request, &handover->hop) && !is_forwarded(ctx, packet, &handover->hop))) {
		if (EXPLAINS && explain_is_local(ctx, packet))
			explain_unknown();
		return give_back(ctx, packet, WEIR_REASON_NO_SERVICE);
	}
	explain_connection(&handover->reversed, request, NULL, WEIR_ROLE_REPLY);
	count_reply(request->destination, packet->length);
	connection_keep(request, WEIR_ROLE_REPLY, handover->now);
	if (!handover->hop.own)
		return give_back(ctx, packet, WEIR_REASON_REPLY_SEEN);
	count_reason(WEIR_REASON_REPLY_SEEN);
	return deliver_packet(ctx, packet);
}

#if WEIR_FAMILY == 4
/* What good options ask for; 0, or -1: the packet must be dropped then. */
static __always_inline int follow_options(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet, __u32 now)
{
	__u32 header = packet->transport - sizeof(struct ethhdr);
	struct options found = {};
	struct stamps stamps = {};

	if (header == IP_HEADER || context_is_own(ctx))
		return 0;
	stamps_of(ctx, settings, packet, now, &stamps);
	if (!stamps.record || options_read(ctx, header, &found))
		return 0;
	stamps.time = stamp_now(settings);
	return options_heed(ctx, header, &found, &stamps);
}

/* A fragment that the stack would put together before IPVS sees it; those of others pass one by one (dont_defrag). */
static __always_inline int is_piece_for_director(struct weir_context *ctx, const struct packet *packet)
{
	__be16 place = 0;

	if (context_load(ctx, sizeof(struct ethhdr) + offsetof(struct iphdr, frag_off), &place, sizeof(place)))
		return 0;
	return (place & bpf_htons(IP_FRAGMENT)) && (context_is_own(ctx) || is_own_address(ctx, packet->flow.target));
}

#else
static __always_inline int follow_options(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet, __u32 now)
{
	(void)ctx;
	(void)settings;
	(void)packet;
	(void)now;
	return 0;
}

static __always_inline int is_piece_for_director(struct weir_context *ctx, const struct packet *packet)
{
	(void)ctx;
	(void)packet;
	return 0;
}
#endif

/* The program for AH and ESP. What the director itself has made and is no reply leaves as it is. */
static __always_inline int follow(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	const struct weir_partner *partner;
	struct packet *packet;
	struct reply reply;
	struct hop *hop;
	__u8 protocol;
	__u32 now;

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	now = handover->now;
	protocol = packet->flow.protocol;
	follow_flow(&packet->flow);
	if (is_piece_for_director(ctx, packet)) {
		packet->flow.protocol = protocol;
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_REASSEMBLER);
		return refuse(ctx, WEIR_REASON_INTERNAL);
	}
	single_find(settings, &packet->flow, now, &reply);
	if (reply.entry) {
		single_explain(&packet->flow, &reply);
	} else {
		reply.entry = connection_find(settings, &packet->flow);
		if (reply.entry)
			reply.entry = direct_known(settings, packet, reply.entry, now, 0);
		reply.face = reply.entry;
	}
	if (!reply.entry)
		return follow_nobody(ctx, settings, handover);
	if (!ip_checksum_is_right(ctx, packet))
		return refuse(ctx, WEIR_REASON_IP_CHECKSUM);
	if (handover->from == HANDED_OUTWARD && reply.face->role == WEIR_ROLE_REQUEST)
		return WEIR_VERDICT_PASS;
	if (follow_options(ctx, settings, packet, now))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	partner = connection_partner(settings, &packet->flow, reply.entry);
	if (reply.entry->method == WEIR_METHOD_FULL_NAT && !partner)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	/* It has no checksum that would have to be looked after; the ports are explained. */
	packet->flow.protocol = protocol;
	/* Not on the stack, which IPv6 fills. */
	hop = &handover->hop;
	__builtin_memset(hop, 0, sizeof(*hop));
	hop->now = now;
	if (reply.face->role == WEIR_ROLE_REQUEST)
		return follow_request(ctx, settings, packet, reply.entry, partner, hop);
	/* What is on its way out goes on there. */
	if (handover->from == HANDED_OUTWARD) {
		connection_keep(reply.entry, WEIR_ROLE_REPLY, now);
		count_reply(reply.entry->destination, packet->length);
		return follow_home(ctx, packet, reply.face, partner, WEIR_REASON_REPLY_RESTORED);
	}
	return follow_reply(ctx, settings, packet, &reply, partner, hop);
}

#endif
