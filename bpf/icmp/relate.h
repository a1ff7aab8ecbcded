/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors about known connections: those about replies go on to the real server as its other packets do, those about requests to the
 * client as from the VIP. TC only. The twins are src/lvs/icmp-input.ts and src/lvs/output.ts.
 */
#ifndef WEIR_ICMP_RELATE_H
#define WEIR_ICMP_RELATE_H

#include "../connection/origin.h"
#include "../forward/carry.h"
#include "../forward/past.h"
#include "../own/deliver.h"
#include "../signals/icmp.h"
#include "rewrite.h"

/* An error about a reply, to a real server that is the director itself. */
static __always_inline int error_to_own_server(struct weir_context *ctx, const struct packet *packet, const struct quote *quote,
					       const struct weir_connection *entry, struct translation *to, const struct hop *hop)
{
	to->keeps_ttl = 1;
	if (method_translates(entry->method) && masquerade_error(ctx, packet, quote, to, hop))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	count_reason(WEIR_REASON_LOCAL_SERVER);
	return entry->method == WEIR_METHOD_FULL_NAT ? deliver(ctx) : WEIR_VERDICT_PASS;
}

/* An error about a reply that came past the real servers: on to where it is addressed. */
static __always_inline int error_past(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
				      struct weir_connection *entry, struct hop *hop)
{
	if (entry->packets < WEIR_PACKETS_COUNTED)
		entry->packets++;
	return past_send(ctx, settings, packet, past_find(ctx, packet, hop), hop);
}

/* An error about a reply: to the real server of the connection. Nobody is told of an error about an error. */
static __always_inline int error_to_server(struct weir_context *ctx, const struct weir_settings *settings,
					   const struct packet *packet, const struct quote *quote,
					   struct weir_connection *entry, struct translation *to, struct hop *hop)
{
	__u32 index = entry->destination, reason;
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);
	int failed;

	if (entry->method == WEIR_METHOD_BYPASS)
		return error_past(ctx, settings, packet, entry, hop);
	if (!destination || !load)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	reason = find_server(ctx, packet, entry, destination, load, hop);
	explain_way(ctx, packet, destination);
	reason = prepare(ctx, packet, reason, hop);
	if (destination->flags & WEIR_DESTINATION_AVAILABLE)
		count_in(destination->service, index, packet->length);
	/* It counts among the client's packets, though it moves nothing on; what is translated does not (ip_vs_icmp_xmit). */
	if (!method_translates(entry->method) && entry->packets < WEIR_PACKETS_COUNTED)
		entry->packets++;
	if (hop->own && is_local(destination))
		return error_to_own_server(ctx, packet, quote, entry, to, hop);
	if (reason)
		return refuse(ctx, reason);
	if (method_translates(entry->method))
		failed = masquerade_error(ctx, packet, quote, to, hop);
	else if (entry->method == WEIR_METHOD_ROUTE)
		failed = forward_route(ctx, packet, hop);
	else
		failed = forward_tunnel(ctx, packet, destination, hop);
	if (failed)
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	count_reason(WEIR_REASON_ICMP_TO_SERVER);
	if (entry->method == WEIR_METHOD_TUNNEL && tunnel_is_sealed(destination))
		return seal_and_send(ctx, packet, index, hop);
	return send_out(ctx, settings, packet, hop);
}

/*
 * An error about a masqueraded request, from the real server or a router on the way: to the client as from the VIP. With full NAT it was
 * sent to the director, and the stack would know nothing to do with it.
 */
static __always_inline int error_to_client(struct weir_context *ctx, const struct weir_settings *settings,
					   const struct packet *packet, const struct quote *quote,
					   const struct weir_connection *entry, struct translation *to, struct hop *hop)
{
	__u32 reason;

	hop->whole = packet->whole;
	hop->sender = reply_sender(entry);
	reason = prepare(ctx, packet, hop_find(ctx, packet, to->server.address, to->client.address, hop), hop);
	hop->own = is_home(hop, entry);
	/* What the stack refuses as any router, it refuses before IPVS would see it. */
	if (is_told(reason) && !hop->own && entry->method != WEIR_METHOD_FULL_NAT)
		return leave_to_stack(reason);
	if (!icmp_checksum_is_right(ctx, packet))
		return refuse(ctx, WEIR_REASON_ICMP_CHECKSUM);
	if (to->both)
		explain_way_back(ctx, packet, entry, &to->client);
	if (reason && !hop->own)
		return refuse(ctx, reason);
	to->keeps_ttl = hop->own || context_is_own(ctx);
	count_reply(entry->destination, packet->length);
	icmp_note(ctx, packet->transport, entry->destination);
	if (masquerade_error(ctx, packet, quote, to, hop))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	count_reason(WEIR_REASON_ICMP_TO_CLIENT);
	return hop->own ? deliver(ctx) : send_out(ctx, settings, packet, hop);
}

/*
 * An error about the connection of `met`, whose packets in the direction opposite to the quoted one have the flow `flow`. met->face is its
 * entry but for a reply of a connection of a single one. `hop` is zero.
 */
static __always_inline int error_related(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
					 const struct quote *quote, const struct weir_flow *flow, const struct reply *met, struct hop *hop)
{
	struct weir_connection *entry = met->entry;
	const struct weir_partner *partner = connection_partner(settings, flow, entry);
	struct translation to = { .role = met->face->role, .both = entry->method == WEIR_METHOD_FULL_NAT };

	to.server.port = met->face->port;
	address_copy(to.server.address, met->face->address);
	if (to.both && !partner)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	if (partner) {
		to.client.port = partner->port;
		address_copy(to.client.address, partner->address);
	} else {
		address_copy(to.client.address, to.role == WEIR_ROLE_REQUEST ? flow->source : flow->target);
	}
	if (to.role != entry->role)
		single_explain(flow, met);
	/* Of one that the error itself has made all has been told; one of one packet is in no table. */
	else if (!(entry->flags & WEIR_CONNECTION_ONE_PACKET) && !explain_made_entry(flow))
		explain_connection(flow, entry, to.both ? &to.client : NULL, to.role);
	if (to.role == WEIR_ROLE_REPLY)
		return error_to_client(ctx, settings, packet, quote, entry, &to, hop);
	/* What is only sent on keeps a wrong checksum. */
	if (method_translates(entry->method) && !icmp_checksum_is_right(ctx, packet))
		return refuse(ctx, WEIR_REASON_ICMP_CHECKSUM);
	return error_to_server(ctx, settings, packet, quote, entry, &to, hop);
}

#endif
