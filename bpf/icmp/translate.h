/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors about connections: those about replies go on to the real server as its other packets do, those about requests to the
 * client as from the VIP, and what they quote is rewritten too. TC only. The twins are src/lvs/icmp-input.ts and src/lvs/output.ts.
 */
#ifndef WEIR_ICMP_TRANSLATE_H
#define WEIR_ICMP_TRANSLATE_H

#include "../carry.h"
#include "../deliver.h"
#include "../forwarded.h"
#include "../heard.h"
#include "../lookup.h"
#include "../origin.h"
#include "../past.h"
#include "../signals/icmp.h"
#include "../stateless.h"
#include "quote.h"

#if WEIR_FAMILY == 4
#define SOURCE_AT offsetof(struct iphdr, saddr)
#define TARGET_AT offsetof(struct iphdr, daddr)
#else
#define SOURCE_AT offsetof(struct ipv6hdr, saddr)
#define TARGET_AT offsetof(struct ipv6hdr, daddr)
#endif

/*
 * What both ends of an error are rewritten to, and the opposite ends of what it quotes. The server's end is the target of a request and the
 * source of a reply; the client's is rewritten with full NAT alone.
 */
struct translation {
	struct weir_partner server;
	struct weir_partner client;
	__u8 role;
	__u8 both;
	__u8 keeps_ttl; /* it begins or ends at the director itself */
};

static __always_inline int store_checksum(struct weir_context *ctx, __u32 field, __u32 from, __u32 length, __u32 pseudo)
{
	__u16 value = 0;
	int sum;

	if (context_store(ctx, field, &value, sizeof(value)))
		return -1;
	sum = checksum_over(ctx, from, length, pseudo);
	value = sum;
	return sum < 0 ? -1 : context_store(ctx, field, &value, sizeof(value));
}

/* Rewrites the target of the error or its source, and the opposite of the quoted packet, whose transport checksum stays (ip_vs_nat_icmp). */
static __always_inline int translate_end(struct weir_context *ctx, const struct quote *quote, int target,
					 const struct weir_partner *end)
{
	__u32 outer = sizeof(struct ethhdr) + (target ? TARGET_AT : SOURCE_AT);
	__u32 quoted = quote->at + (target ? SOURCE_AT : TARGET_AT), port = quote->transport + (target ? 0 : 2);

	return context_store(ctx, outer, (void *)end->address, sizeof(end->address)) ||
			       context_store(ctx, quoted, (void *)end->address, sizeof(end->address)) ||
			       (!quote->follows && context_store(ctx, port, (void *)&end->port, sizeof(end->port))) ?
		       -1 :
		       0;
}

/* The checksum of the error as its addresses now are. */
static __always_inline int translate_seal(struct weir_context *ctx, const struct packet *packet)
{
	__u32 length = icmp_length(packet);
	__be32 ends[2 * ADDRESS_WORDS];

	if (context_load(ctx, sizeof(struct ethhdr) + SOURCE_AT, ends, sizeof(ends)))
		return -1;
	return store_checksum(ctx, packet->transport + 2, packet->transport, length,
			      icmp_pseudo_header(ends, ends + ADDRESS_WORDS, length));
}

/* Rewrites the error and what it quotes, with all checksums, and takes one from its TTL if it is routed. Global, so that it is verified once. */
__noinline int translate(struct weir_context *ctx, const struct packet *packet, const struct quote *quote,
			 const struct translation *to)
{
	__u32 at = sizeof(struct ethhdr);
	struct headers headers;
	int request;

	if (!packet || !quote || !to)
		return -1;
	request = to->role == WEIR_ROLE_REQUEST;
	if (translate_end(ctx, quote, request, &to->server) || (to->both && translate_end(ctx, quote, !request, &to->client)))
		return -1;
	if (FAMILY == AF_INET &&
	    store_checksum(ctx, quote->at + offsetof(struct iphdr, check), quote->at, quote->transport - quote->at, 0))
		return -1;
	if (translate_seal(ctx, packet) || headers_at(ctx, packet->transport, 0, &headers))
		return -1;
	if (!to->keeps_ttl)
		ttl_decrement(headers.ip);
	return FAMILY == AF_INET6 ? 0 : store_checksum(ctx, at + offsetof(struct iphdr, check), at, packet->transport - at, 0);
}

static __always_inline int write_hop(struct weir_context *ctx, const struct hop *hop)
{
	struct ethhdr *ethernet = context_data(ctx);

	if ((void *)(ethernet + 1) > context_end(ctx))
		return -1;
	hop_write(ethernet, hop);
	return 0;
}

#if defined(WEIR_EXPLAIN)
/* What the addresses of the error become: of one to a real server with its new ports. Global, for the sake of the caller's stack. */
__noinline int explain_translation(const struct packet *packet, const struct translation *to)
{
	if (!packet || !to)
		return 0;
	if (to->role == WEIR_ROLE_REQUEST) {
		explain_rewrite(WEIR_FIELD_DESTINATION, packet->flow.target, 0, to->server.address, to->server.port, 2);
		if (to->both)
			explain_rewrite(WEIR_FIELD_SOURCE, packet->flow.source, 0, to->client.address, to->client.port, 2);
		return 0;
	}
	explain_rewrite(WEIR_FIELD_SOURCE, packet->flow.source, 0, to->server.address, 0, 0);
	if (to->both)
		explain_rewrite(WEIR_FIELD_DESTINATION, packet->flow.target, 0, to->client.address, 0, 0);
	return 0;
}
#else
static __always_inline void explain_translation(const struct packet *packet, const struct translation *to)
{
	(void)packet;
	(void)to;
}
#endif

static __always_inline int masquerade_error(struct weir_context *ctx, const struct packet *packet, const struct quote *quote,
					    const struct translation *to, const struct hop *hop)
{
	explain_translation(packet, to);
	return translate(ctx, packet, quote, to) || write_hop(ctx, hop) ? -1 : 0;
}

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
 * With schedule_icmp an error about an unknown connection makes one, as if the quoted packet were its first. Without, it may be about one
 * that had no room in the table. Then the error is looked at again.
 */
static __always_inline int schedule_by_quote(struct weir_context *ctx, struct handover *handover, const struct weir_flow *flow)
{
	handover->error = handover->packet.flow;
	handover->packet.flow = *flow;
	handover->packet.event = EVENT_UNKNOWN;
	handover->packet.tcp_flags = 0;
	handover->packet.truncated = 0;
	handover->by_quote = 1;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_START);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

/*
 * An error that belongs to no masqueraded packet. One about a request of direct routing or a tunnel goes to the client by the director's
 * own routes, and counts as a packet of the real server.
 */
static __always_inline int error_unrelated(struct weir_context *ctx, const struct weir_settings *settings,
					   const struct packet *packet, const struct quote *quote, const struct hop *hop, __u32 now)
{
	struct weir_connection *entry = unseen_request(settings, &quote->flow, now);

	/* The stack refuses one to a client to whom no route leads, before IPVS sees it. */
	if (!entry || (hop->own && !is_home(hop, entry) && address_equal(quote->flow.source, packet->flow.target)))
		return refuse(ctx, WEIR_REASON_ICMP_UNRELATED);
	explain_connection(&quote->flow, entry, NULL, WEIR_ROLE_REPLY);
	count_reply(entry->destination, packet->length);
	icmp_note(ctx, packet->transport, entry->destination);
	count_reason(WEIR_REASON_ICMP_TO_CLIENT);
	return WEIR_VERDICT_PASS;
}

/*
 * About a packet that this host has sent, and of a protocol that tunnels use: the error may be about what is in it (tunnel_error.h).
 * Errors about tunnel packets of IPv6 are the stack's (recorded: wire/tun6-icmp-too-big).
 */
static __always_inline int may_be_tunnel_error(const struct packet *packet, const struct quote *quote)
{
	__u8 protocol = quote->flow.protocol;

	return FAMILY == AF_INET && !quote->later && !quote->follows && quote->flow.source[0] == packet->flow.target[0] &&
	       (protocol == IPPROTO_IPIP || protocol == IPPROTO_UDP || protocol == IPPROTO_GRE);
}

/* What the stack takes from the TTL before IPVS sees an error that it forwards (ip_vs_forward_icmp). */
static __always_inline int error_count_down(struct weir_context *ctx, struct packet *packet)
{
	struct headers headers;

	if (headers_at(ctx, packet->transport, 0, &headers))
		return -1;
	ttl_decrement(headers.ip);
	packet->ttl--;
	return 0;
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
	else
		explain_connection(flow, entry, to.both ? &to.client : NULL, to.role);
	if (to.role == WEIR_ROLE_REPLY)
		return error_to_client(ctx, settings, packet, quote, entry, &to, hop);
	/* What is only sent on keeps a wrong checksum. */
	if (method_translates(entry->method) && !icmp_checksum_is_right(ctx, packet))
		return refuse(ctx, WEIR_REASON_ICMP_CHECKSUM);
	return error_to_server(ctx, settings, packet, quote, entry, &to, hop);
}

/* Where errors are scheduled, what is forwarded is first looked at as one about what a client got: of those about requests no service knows. */
static __always_inline void explain_not_scheduled(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
						  __u32 now)
{
	if (EXPLAINS && !context_is_own(ctx) && (settings->schedule_icmp || was_full(settings, now)) && !explain_is_local(ctx, packet))
		explain_numbers(WEIR_STEP_SERVICE, 0, 0, 0);
}

/*
 * What ends before its header, or quotes what does with schedule_icmp, is dropped wherever it goes; but what the stack would not send on it
 * answers before IPVS sees it.
 */
static __always_inline int icmp_cut_off(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet, struct hop *hop)
{
	__u32 reason;

	if (!ip_checksum_is_right(ctx, packet))
		return refuse(ctx, WEIR_REASON_IP_CHECKSUM);
	stack_forwards(ctx, settings, packet, hop, &reason);
	return reason ? leave_to_stack(reason) : refuse(ctx, WEIR_REASON_TRUNCATED);
}

/* The program for ICMP. */
static __always_inline int translate_icmp(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	__u32 now, end, reason = WEIR_REASON_NONE;
	struct weir_flow *reversed;
	struct quote quote = {};
	struct reply met = {};
	struct packet *packet;
	int forwarded = 0;
	struct hop *hop;
	__u8 type;

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	/* Not on the stack, which IPv6 fills. */
	hop = &handover->hop;
	reversed = &handover->reversed;
	now = handover->now;
	end = sizeof(struct ethhdr) + packet->length;
	if (packet->transport + ICMP_HEADER > end)
		return icmp_cut_off(ctx, settings, packet, hop);
	if (context_load(ctx, packet->transport, &type, sizeof(type)) || !icmp_is_error(type))
		return refuse(ctx, WEIR_REASON_ICMP_QUERY);
	if (!ip_checksum_is_right(ctx, packet))
		return refuse(ctx, WEIR_REASON_IP_CHECKSUM);
	if (quote_read(ctx, packet->transport + ICMP_HEADER, end, &quote))
		return refuse(ctx, WEIR_REASON_ICMP_UNRELATED);
	if (handover->from == HANDED_BY_DIRECTOR && may_be_tunnel_error(packet, &quote))
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_TUNNEL_ERROR);
	if (!quote.ports && settings->schedule_icmp && quote_has_ports(&quote))
		return icmp_cut_off(ctx, settings, packet, hop);
	if (!quote.ports)
		return refuse(ctx, WEIR_REASON_ICMP_UNRELATED);
	flow_reverse(&quote.flow, reversed);
	if (handover->from != HANDED_BY_START)
		single_find(settings, reversed, now, &met);
	if (!met.entry)
		met.face = met.entry = handover->from == HANDED_BY_START ? &handover->entry : live_entry(settings, reversed, now);
	if (met.entry && met.face->role == WEIR_ROLE_REPLY && !quote.follows)
		explain_not_scheduled(ctx, settings, packet, now);
	if (!met.entry || met.face->role == WEIR_ROLE_REQUEST)
		forwarded = stack_forwards(ctx, settings, packet, hop, &reason);
	if (reason)
		return leave_to_stack(reason);
	if (!met.entry && !quote.follows && (settings->schedule_icmp || was_full(settings, now)) && !unseen_request(settings, &quote.flow, now))
		return schedule_by_quote(ctx, handover, reversed);
	if (!met.entry)
		return error_unrelated(ctx, settings, packet, &quote, hop, now);
	if (forwarded && error_count_down(ctx, packet))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	__builtin_memset(hop, 0, sizeof(*hop));
	hop->now = now;
	return error_related(ctx, settings, packet, &quote, reversed, &met, hop);
}

#endif
